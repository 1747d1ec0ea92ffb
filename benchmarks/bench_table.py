"""Tables of the throughput benchmark: medians of repeated runs, ratios to ours, as plain text or markdown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median

from bench_measure import Measurement, Setting

OURS = "ours"
Runs = dict[str, list[Measurement]]  # label of the client -> its runs, in the order of the table
NOTES = """\
req/s: whole replies per second at the server, from the first request to the last reply. CPU: user + system seconds
of the client and its child processes per 1,000 prompts; "raw" with start-up (imports included), "net" less the CPU of
a run with one prompt. MB: peak memory. "x ours" compares req/s, and net CPU. first s: from the server's first reply to
the first result on disk. in flight: most requests that the server held at once (1 where it answers at once). A row
with fewer prompts than its table is of a client too slow for all of them: its figures are per 1,000 all the same, and
its raw CPU carries the start-up on fewer prompts. Medians of the runs."""

_SPEED = ("prompts", "in flight", "req/s", "CPU raw", "CPU net", "MB", "wall s")
_RATIOS = ("req/s x ours", "CPU x ours", "first s")
_FAULTS = ("prompts", "outcome", "lost", "wrong", "answered again", "requests", "faults met", "wall s")


def middle(runs: Sequence[Measurement], figure: Callable[[Measurement], float | None]) -> float | None:
    """Median of a figure over the runs that have it."""
    values = [value for run in runs if (value := figure(run)) is not None]
    return median(values) if values else None


def net_cpu(runs: Sequence[Measurement], start: Measurement) -> float | None:
    """CPU seconds per 1,000 prompts beyond those of a run with one prompt; ``None`` if no run finished."""
    if start.outcome != "finished":
        return None
    rest = [run for run in runs if run.outcome == "finished" and run.setting.prompts > 1]
    return middle(rest, lambda run: (run.cpu - start.cpu) / (run.setting.prompts - 1) * 1000)


def remarks(runs: Sequence[Measurement]) -> str:
    """What went wrong in any of the runs, in a few words; empty where nothing did."""
    said = {run.outcome if not run.error else f"{run.outcome}: {run.error}" for run in runs}
    said.discard("finished")
    for what, worst in (("lost", max(run.lost for run in runs)), ("wrong", max(run.wrong for run in runs))):
        if worst:
            said.add(f"{what} {worst:,}")
    return "; ".join(sorted(said))


def describe(setting: Setting) -> str:
    """A setting in words."""
    faults = f", {setting.faults:.1%} of each fault" if setting.faults else ""
    return f"{setting.prompts:,} prompts, concurrency {setting.concurrency}, {setting.latency * 1000:.0f} ms{faults}"


def speed_rows(runs: Runs, starts: dict[str, Measurement], missing: dict[str, str]) -> list[list[str]]:
    """The table of one setting: header, then a row a client."""
    header = ["client", *_SPEED, *_RATIOS, "remarks"]
    own = runs.get(OURS, [])
    own_rate = middle(own, lambda run: run.rate)
    own_cpu = net_cpu(own, starts[OURS]) if own else None
    rows = [header]
    for label, group in runs.items():
        rate, cpu = middle(group, lambda run: run.rate), net_cpu(group, starts[label])
        rows.append(
            [
                label,
                f"{group[0].setting.prompts:,}",
                number(middle(group, lambda run: run.server.get("most_in_flight")), 0),
                number(rate, 0),
                number(middle(group, lambda run: run.cpu_per_1000), 2),
                number(cpu, 2),
                number(middle(group, lambda run: run.memory), 0),
                number(middle(group, lambda run: run.wall), 1),
                ratio(rate, own_rate),
                ratio(cpu, own_cpu),
                number(middle(group, lambda run: run.first_result), 3),
                remarks(group),
            ]
        )
    return rows + _absent(missing, len(header))


def fault_rows(runs: Runs, missing: dict[str, str]) -> list[list[str]]:
    """The table of the fault scenario: what was lost, what was paid for twice, whether the client came to an end."""
    header = ["client", *_FAULTS, "remarks"]
    rows = [header]
    for label, group in runs.items():
        for run in group:
            server = run.server
            cells = [run.setting.prompts, run.outcome, run.lost, run.wrong, server["answered_again"]]
            cells += [server["requests"], sum(server["faults"].values())]
            texts = [f"{cell:,}" if isinstance(cell, int) else cell for cell in cells]
            rows.append([label, *texts, number(run.wall, 1), run.error])
    return rows + _absent(missing, len(header))


def start_rows(starts: dict[str, Measurement]) -> list[list[str]]:
    """The fixed cost of each client: a run with one prompt."""
    rows = [["client", "CPU s", "wall s", "MB", "remarks"]]
    for label, run in starts.items():
        cells = [number(run.cpu, 2), number(run.wall, 2), number(run.memory, 0), remarks([run])]
        rows.append([label, *cells])
    return rows


def number(value: float | None, digits: int) -> str:
    """A figure with so many digits after the point; a dash where there is none."""
    return "-" if value is None else f"{value:,.{digits}f}"


def ratio(value: float | None, base: float | None) -> str:
    """One figure as a multiple of another."""
    return "-" if value is None or not base else f"{value / base:.2f}"


def render(title: str, rows: list[list[str]], markdown: bool) -> str:
    """A table under its title; the first row is the header, figures are set to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    left = {0, len(widths) - 1}
    lines = []
    for row in rows:
        cells = enumerate(zip(row, widths, strict=True))
        lines.append([cell.ljust(width) if at in left else cell.rjust(width) for at, (cell, width) in cells])
    if not markdown:
        rule = ["-" * width for width in widths]
        return "\n".join([title, "", *("  ".join(line).rstrip() for line in [lines[0], rule, *lines[1:]]), ""])
    rule = ["-" * width if at in left else "-" * (width - 1) + ":" for at, width in enumerate(widths)]
    return "\n".join([f"### {title}", "", *(f"| {' | '.join(line)} |" for line in [lines[0], rule, *lines[1:]]), ""])


def _absent(missing: dict[str, str], columns: int) -> list[list[str]]:
    return [[label, *["-"] * (columns - 2), why] for label, why in missing.items()]
