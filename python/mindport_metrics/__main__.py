"""``python -m mindport_metrics --prediction FILE[:NAME] --truth FILE[:NAME] …``. Exit status: 0 written, 2 something is to be mended."""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import Any

from .problem import Problem
from .words import language_of, told


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m mindport_metrics", description="RMSE and ACC over variable and lead time from saved fields."
    )
    add = parser.add_argument
    add("--prediction", required=True, metavar="FILE[:NAME]", help="forecasts: npy, npz, HDF5, NetCDF or Zarr")
    add("--truth", required=True, metavar="FILE[:NAME]", help="with the same axes, or a series in time that holds the valid times")
    add(
        "--definition",
        action="append",
        default=[],
        help="fcn, fcn-exact, fcn-true-lat, wb1, wb2, paper-compat or all; several with commas (default fcn)",
    )
    add("--climatology", metavar="FILE[:NAME]", help="what anomalies are taken from; needed for ACC")
    add("--climatology-by", choices=["mean", "dayofyear"], help="how a climatology with a time axis is taken (default mean)")
    add("--mask", metavar="FILE[:NAME]", help="land: above one half, or no value; its cells are left out")
    add("--mask-is-sea", action="store_true", help="the mask is 1 on sea")
    add("--dims", help="names of the axes in order, for files that do not tell: time, lead, channel, level, lat, lon")
    add("--truth-dims", help="the same for the truth (default: those of the prediction)")
    add("--climatology-dims", help="the same for the climatology")
    add("--channels", help="names of the channels in order")
    add("--variables", help="only these")
    add("--units", help="units in the order of the variables, or one for all")
    add("--leads", help="lead times in hours")
    add("--hours-per-step", type=float, default=6.0, help="lead time of one step where it is not told (default 6)")
    add("--latitudes", metavar="FROM:TO|FILE[:NAME]", help="where the file does not tell them, both ends included, e.g. 90:-90")
    add("--longitudes", metavar="FROM:TO|FILE[:NAME]", help="the same, e.g. 0:359.75")
    add("--std", metavar="X|FILE[:NAME]", help="what normalised fields were divided by: RMSE is multiplied by it")
    add("--mean", metavar="X|FILE[:NAME]", help="what was subtracted from them: for the maps")
    add("--allow-missing", action="store_true", help="leave out cells where only the prediction has no value")
    add("--map-leads", help="lead times of the maps in hours (default: first, middle, last)")
    add("--map-variables", help="variables of the maps")
    add("--map-sample", type=int, default=0, help="forecast of the maps (default 0)")
    add("--no-maps", action="store_true", help="no fields.json")
    add("--memory", type=int, default=512, help="MiB used for fields at once (default %(default)s)")
    add("--out", metavar="FOLDER", help="where to write (default: the results of the run this is called in)")
    add("--json", action="store_true", help="print what was written to scores.json")
    add("--lang", default=os.environ.get("LC_ALL") or os.environ.get("LANG") or "en", help="en or zh-cn")
    return parser


def main(argv: list[str] | None = None) -> int:
    options = _parser().parse_args(argv)
    language = language_of(options.lang)
    try:
        _run(options, language)
    except Problem as problem:
        print(f"mindport metrics: {told(language, problem.key, problem.about)}", file=sys.stderr)
        return 2
    except MemoryError:
        print(f"mindport metrics: {told(language, 'memory', {'mib': options.memory})}", file=sys.stderr)
        return 2
    except OSError as error:
        reason = {"path": error.filename or "-", "reason": error.strerror or str(error)}
        print(f"mindport metrics: {told(language, 'unreadable', reason)}", file=sys.stderr)
        return 2
    return 0


def _words(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else tuple(word.strip() for word in text.split(",") if word.strip())


def _numbers(text: str | None, option: str) -> tuple[float, ...] | None:
    numbers = []
    for word in _words(text) or ():
        try:
            numbers.append(float(word))
        except ValueError:
            raise Problem("bad_number", option=option, word=word) from None
    return None if text is None else tuple(numbers)


def _run(options: argparse.Namespace, language: str) -> None:
    # numpy is imported only now, so that --help and bad options need no scientific environment
    try:
        import numpy as np
    except ImportError:
        raise Problem("needs_package", path=options.prediction, package="numpy") from None
    from .axes import parse_dims
    from .beside import degrees_given, per_variable, read_mask
    from .climatology import Climatology
    from .dataset import Wishes, is_latitude, open_dataset
    from .definitions import chosen_definitions
    from .maps import chosen_maps, field_maps
    from .opening import Place, digest
    from .output import fields_document, scores_document, write_all
    from .pairing import pair
    from .scores import compute

    folder = options.out or (os.path.join(os.environ["MINDPORT_RUN_DIR"], "results") if os.environ.get("MINDPORT_RUN_DIR") else None)
    if folder is None and not options.json:
        raise Problem("where")
    notes: list[str] = []

    def note(key: str, **about: object) -> None:
        notes.append(told(language, key, about))

    dims = None if options.dims is None else parse_dims(options.dims)
    truth_dims = dims if options.truth_dims is None else parse_dims(options.truth_dims)
    channels, leads = _words(options.channels), _numbers(options.leads, "--leads")
    wishes = Wishes(dims, channels, leads, options.hours_per_step)
    prediction = open_dataset(Place.parse(options.prediction), wishes)
    # the lead times given are the prediction's; a truth with fewer or more of them has its own
    truth_leads = leads if options.truth_dims is None else None
    truth = open_dataset(Place.parse(options.truth), Wishes(truth_dims, channels, truth_leads, options.hours_per_step))
    for dataset in (prediction, truth):
        if options.latitudes is not None and (dataset is prediction or (dataset.latitudes is None and dataset.grid == prediction.grid)):
            dataset.latitudes = degrees_given(options.latitudes, "--latitudes", dataset.grid[0])
        if options.longitudes is not None and (dataset is prediction or (dataset.longitudes is None and dataset.grid == prediction.grid)):
            dataset.longitudes = degrees_given(options.longitudes, "--longitudes", dataset.grid[1])
        for degrees, option, count in (
            (dataset.latitudes, "--latitudes", dataset.grid[0]),
            (dataset.longitudes, "--longitudes", dataset.grid[1]),
        ):
            if degrees is not None and len(degrees) != count:
                raise Problem("latitudes_count", option=option, given=len(degrees), count=count)
        if dataset.latitudes is not None and not is_latitude(dataset.latitudes):
            raise Problem("bad_latitudes", path=dataset.path)

    pairs = pair(prediction, truth, _words(options.variables), _words(options.units), options.hours_per_step)
    definitions = chosen_definitions(options.definition or ["fcn"], prediction.latitudes is not None)
    if "paper-compat" in definitions and options.mask is None:
        raise Problem("paper_mask")
    mask = None if options.mask is None else read_mask(options.mask, options.mask_is_sea, prediction)
    scale, offset = (
        None if given is None else _by_variable(per_variable(given, list(prediction.variables)), pairs)
        for given in (options.std, options.mean)
    )
    climatology = None
    if options.climatology is not None:
        climatology_dims = None if options.climatology_dims is None else parse_dims(options.climatology_dims)
        climatology = Climatology(options.climatology, options.climatology_by, pairs, climatology_dims, channels)
    else:
        note("note_no_climatology")

    land = None if mask is None else mask.land
    memory = max(1, options.memory) << 20
    scores, missing = compute(pairs, definitions, land, climatology, scale, options.allow_missing, memory)
    for lack in missing:
        note("note_missing", name=lack.variable, lead=f"{lack.lead_h:g}", count=lack.cells)
    unknown = [name for name in pairs.variables if pairs.units[name] == ""]
    if unknown:
        note("note_units", names=", ".join(unknown))
    if prediction.assumed_leads or (prediction.leads is None and leads is None):
        note("note_assumed_leads", hours=f"{options.hours_per_step:g}")

    inputs = [
        {"path": os.path.basename(os.path.normpath(path)), "sha256": digest(path)} for path in dict.fromkeys((prediction.path, truth.path))
    ]
    inputs += [
        {"path": os.path.basename(os.path.normpath(part.path)), "sha256": part.sha256} for part in (climatology, mask) if part is not None
    ]
    document = scores_document(scores, climatology.id if climatology else None, mask.id if mask else None, inputs)
    documents: dict[str, dict[str, Any]] = {"scores.json": document}
    if not options.no_maps and prediction.latitudes is not None:
        longitudes = prediction.longitudes
        if longitudes is None:
            note("note_assumed_longitudes")
            longitudes = np.arange(prediction.grid[1]) * 360.0 / prediction.grid[1]
        chosen = chosen_maps(pairs, _numbers(options.map_leads, "--map-leads"), _words(options.map_variables))
        documents["fields.json"] = fields_document(
            field_maps(pairs, chosen, options.map_sample, mask, prediction.latitudes, longitudes, scale, offset)
        )
    written = write_all(folder, documents) if folder is not None else []
    if options.json:
        print(json.dumps(document, ensure_ascii=False))
    else:
        print(_table(scores, pairs, language))
    for text in notes:
        print(f"mindport metrics: {text}", file=sys.stderr)
    for path in written:
        print(told(language, "wrote", {"path": path}), file=sys.stderr)


def _by_variable(numbers: dict[str, float], pairs: Any) -> dict[str, float]:
    """Numbers by the prediction's own names of its variables, as numbers by the names of the pairs."""
    return {name: numbers[first.name] for name, (first, _) in pairs.variables.items()}


def _table(scores: list[Any], pairs: Any, language: str) -> str:
    """A line for each score and variable: its values at the first and the last lead time."""
    lines = [told(language, "head", {"variables": len(pairs.variables), "leads": len(pairs.leads), "samples": pairs.samples})]
    rows: dict[tuple[str, str, str], list[Any]] = {}
    for score in scores:
        rows.setdefault((score.variable, score.metric, score.definition), []).append(score)
    for (variable, metric, definition), row in rows.items():
        first, last = row[0], row[-1]
        ends = [first] if first is last else [first, last]
        shown = ", ".join(f"{'-' if end.value is None else format(end.value, '.5g')} ({end.lead_h:g} h)" for end in ends)
        lines.append(f"  {variable} {metric.upper()} {definition}: {shown} {first.units if metric == 'rmse' else ''}".rstrip())
    return "\n".join(lines)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
