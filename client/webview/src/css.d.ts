/** Style sheets are imported for their effect; the bundler gathers them in webview.css. */
declare module '*.css';
