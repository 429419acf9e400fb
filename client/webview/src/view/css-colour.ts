/** CSS colours as numbers, whatever way a theme writes them: painted on one pixel and read back. */

export interface Rgba {
  red: number;
  green: number;
  blue: number;
  /** 0..1 */
  alpha: number;
}

const known = new Map<string, Rgba>();
let pixel: CanvasRenderingContext2D | null = null;

export function rgbaOf(css: string): Rgba {
  let color = known.get(css);
  if (!color) {
    if (!pixel) {
      const canvas = document.createElement('canvas');
      canvas.width = canvas.height = 1;
      pixel = canvas.getContext('2d', { willReadFrequently: true })!;
    }
    pixel.clearRect(0, 0, 1, 1);
    pixel.fillStyle = css;
    pixel.fillRect(0, 0, 1, 1);
    const [red = 0, green = 0, blue = 0, alpha = 0] = pixel.getImageData(0, 0, 1, 1).data;
    color = { red, green, blue, alpha: alpha / 255 };
    known.set(css, color);
  }
  return color;
}
