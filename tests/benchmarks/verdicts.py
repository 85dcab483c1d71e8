"""The tables of the benchmarks of classifiers on reviews, made from the answers that their runs keep (`judging`)."""

from collections.abc import Sequence
from statistics import mean
from typing import Any

from bertlab.errors import InputError
from bertlab.tasks.calibration import calibration_error, fit_temperature
from bertlab.tasks.challenge import ChallengeResult
from bertlab.tasks.comparison import compare
from bertlab.tasks.evaluation import Evaluation
from bertlab.tasks.uncertainty import SeedsSpread
from tests.benchmarks.judging import Parts, evaluation
from tests.benchmarks.ledger import Record


def best_of(records: Sequence[Record], parts: Parts) -> Record:
    """The run with the highest accuracy on the validation part; of equals, the one with the lowest loss there."""

    def merit(record: Record) -> tuple[float, float]:
        judged = evaluation(record["validation"], parts.validation[1])
        return judged.accuracy, -judged.log_loss

    return max(records, key=merit)


def by_name(records: Sequence[Record]) -> dict[str, list[Record]]:
    """The runs of each classifier, in the order of their first ones."""
    found: dict[str, list[Record]] = {}
    for record in records:
        found.setdefault(record["key"]["name"], []).append(record)
    return found


def accuracies(records: Sequence[Record], parts: Parts) -> dict[str, Any]:
    """Print each run's accuracy on the test reviews, then each trained one's over its seeds; returns both."""
    print(f"\non {len(parts.test[0]):,} test reviews")
    print(f"{'classifier':<28}{'seed':>5}{'learnt from':>12}{'accuracy':>10}{'95 % (Wilson)':>18}{'macro F1':>10}")
    runs, seeds = [], {}
    for record in records:
        judged, seed = evaluation(record["test"], parts.test[1]), record["key"].get("seed")
        low, high = judged.interval
        runs.append({"name": record["key"]["name"], "seed": seed, "accuracy": judged.accuracy, "low": low, "high": high})
        print(
            f"{record['key']['name']:<28}{'-' if seed is None else seed:>5}{record['learnt_from']:>12,}"
            f"{judged.accuracy:>10.2%}{f'{low:.2%} to {high:.2%}':>18}{judged.macro_f1:>10.4f}"
        )
    print(f"\n{'trained':<28}{'accuracy, mean of its seeds, 95 % (t)':<54}{'seconds':>9}{'reviews/s':>11}")
    for name, own in by_name([record for record in records if "seconds" in record]).items():
        spread = SeedsSpread(tuple(evaluation(record["test"], parts.test[1]).accuracy for record in own))
        seconds, speed = (mean(record[number] for record in own) for number in ("seconds", "reviews_per_second"))
        seeds[name] = spread.summary | {"seconds": seconds, "reviews_per_second": speed}
        print(f"{name:<28}{format(spread, '.2%'):<54}{seconds:>9.1f}{speed:>11.1f}")
    return {"runs": runs, "over_seeds": seeds}


def paired(first: str, second: str, records: Sequence[Record], parts: Parts) -> dict[str, Any]:
    """Print the two held against each other on the same test reviews, seed by seed and on average; returns it."""
    found = {
        name: {record["key"]["seed"]: evaluation(record["test"], parts.test[1]) for record in own}
        for name, own in by_name(records).items()
        if name in (first, second)
    }
    print(f"\n{first} less {second}, on the same test reviews (interval: bootstrap over reviews)")
    differences = {}
    for seed in sorted(found[first].keys() & found[second].keys()):
        held = compare(found[first][seed], found[second][seed])
        differences[seed] = held.difference
        print(f"  seed {seed}: {held}")
    spread = SeedsSpread(tuple(differences.values()))
    print(f"  mean difference: {spread:+.4f}")
    return {"differences": differences, **spread.summary}


def calibration(records: Sequence[Record], parts: Parts, *, tried: Sequence[Record] = ()) -> list[dict[str, Any]]:
    """Print each run's ECE and log loss on the test reviews before and after temperature scaling; returns the rows.

    The temperature is fitted on the run's own answers on the validation part. A run that learnt from that part has none of
    use: it gets the temperature of the run in ``tried`` with its name and its settings.
    """
    print(f"\n{'calibration':<28}{'seed':>5}{'T':>9}{'ECE before':>12}{'after':>8}{'loss before':>13}{'after':>8}")
    rows = []
    for record in records:
        key, twin = record["key"], record
        if "validation" not in record:
            twin = next((other for other in tried if _settings(other) == _settings(record)), None)
        if twin is None:
            continue
        seed = "-" if key.get("seed") is None else key["seed"]
        judged = evaluation(record["test"], parts.test[1])
        try:
            temperature = fit_temperature(evaluation(twin["validation"], parts.validation[1]))
        except InputError as error:
            print(f"{key['name']:<28}{seed:>5}   no temperature: {error}")
            continue
        scaled = temperature.scale(judged)
        row = {"name": key["name"], "seed": key.get("seed"), "temperature": temperature.value}
        row |= {"ece_before": calibration_error(judged), "ece_after": calibration_error(scaled)}
        row |= {"loss_before": judged.log_loss, "loss_after": scaled.log_loss}
        rows.append(row)
        print(
            f"{key['name']:<28}{seed:>5}{temperature.value:>9.2f}{row['ece_before']:>12.4f}{row['ece_after']:>8.4f}"
            f"{row['loss_before']:>13.4f}{row['loss_after']:>8.4f}"
        )
    return rows


def _settings(record: Record) -> dict[str, Any]:
    return {name: value for name, value in record["key"].items() if name not in ("part", "seed")}


def challenge(records: Sequence[Record], parts: Parts) -> dict[str, Any]:
    """Print the accuracy on each phenomenon of the challenge set, the mean over seeds; returns it with the whole pairs'."""
    told: dict[str, Any] = {}
    for name, own in by_name(records).items():
        tables = [_challenge_table(evaluation(record["challenge"], parts.challenge[1]), parts) for record in own]
        shown = sum(table[["accuracy", "both_right"]] for table in tables) / len(tables)
        # A phenomenon without pairs has no share of them.
        columns = shown.astype(object).where(shown.notna(), None).to_dict()
        told[name] = {"reviews": tables[0]["reviews"].to_dict()} | columns
    names = list(told)
    print("\nchallenge set, accuracy (share of pairs with both right)")
    for number, name in enumerate(names):
        print(f"  {chr(ord('A') + number)}: {name}")
    print(f"{'phenomenon':<22}{'reviews':>8}" + "".join(f"{chr(ord('A') + n):>14}" for n in range(len(names))))
    for phenomenon, count in told[names[0]]["reviews"].items():
        cells = ""
        for name in names:
            accuracy, both = (told[name][column][phenomenon] for column in ("accuracy", "both_right"))
            cells += f"{f'{accuracy:.1%}' + (f' ({both:.0%})' if both is not None else ''):>14}"
        print(f"{phenomenon:<22}{count:>8}{cells}")
    return told


def _challenge_table(judged: Evaluation, parts: Parts) -> Any:
    return ChallengeResult(parts.challenge_reviews, judged).table
