"""`python -m benchmarks`: everything in one run. README.md in this folder says what the words mean."""

import argparse
from importlib import import_module

from benchmarks.tables import Report
from benchmarks.timing import Clock

SECTIONS = ("scalar", "mlp", "adam", "layers", "imports", "memory")


def main(arguments=None):
    options = parse(arguments)
    clock, report = Clock(options.rounds, quick=options.quick), Report()
    try:
        for name in clock.each(options.only):
            import_module(f"benchmarks.{name}").run(clock, report)
    except KeyboardInterrupt:
        clock.interrupted = True
    finally:  # an engine that is wrong stops the run, but what was measured before is worth seeing
        print("\n".join(report.lines(options.markdown)))
    if clock.quick:
        print("\nA quick run: it shows that everything works, its times mean nothing.")
    if clock.interrupted:
        print("\nInterrupted: what stands here was measured before, in fewer rounds at the end.")
    if options.json:
        report.write_json(options.json)
    return 130 if clock.interrupted else 0


def parse(arguments):
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Our engine beside its peers.")
    parser.add_argument("--only", type=sections, default=SECTIONS, help=f"some of {','.join(SECTIONS)}")
    parser.add_argument("--rounds", type=positive, default=15, help="interleaved rounds (15)")
    parser.add_argument("--quick", action="store_true", help="tiny sizes, to see that it runs")
    parser.add_argument("--markdown", action="store_true", help="tables in Markdown")
    parser.add_argument("--json", metavar="FILE", help="also write all that was measured")
    return parser.parse_args(arguments)


def sections(text):
    names = text.split(",")
    for name in names:
        if name not in SECTIONS:
            raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(SECTIONS)}")
    return names


def positive(text):
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number of 1 or more, got {text!r}")
    return int(text)


if __name__ == "__main__":
    raise SystemExit(main())
