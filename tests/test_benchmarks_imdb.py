"""The benchmarks on real reviews run at tiny size, on generated parquet files; a run that was stopped goes on."""

import json
from argparse import Namespace

import numpy as np
import pytest

from bertlab.errors import InputError
from tests.small import small_classifier, small_reviews, small_tokenizer


def rows(count, first=0):
    """Reviews of three sentences whose words tell the label, but for every seventh, whose label is wrong."""
    texts, labels = small_reviews(64)
    own = {label: [text.capitalize() for text, other in zip(texts, labels) if other == label] for label in (0, 1)}
    told = [(number, number % 2) for number in range(first, first + count)]
    return {
        "text": [" ".join(own[label][(number * k + k) % 32] for k in (1, 3, 5)) for number, label in told],
        "label": [1 - label if number % 7 == 0 else label for number, label in told],
    }


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A folder with reviews and one with a model; the options that name them."""
    from datasets import Dataset

    monkeypatch.setenv("TQDM_DISABLE", "1")
    reviews, model = tmp_path / "reviews", tmp_path / "model"
    for split, part in {"train": rows(90), "test": rows(40, first=1000)}.items():
        (reviews / split).mkdir(parents=True)
        Dataset.from_dict(part).to_parquet(reviews / split / "0.parquet")
    small_classifier().save_pretrained(model)
    small_tokenizer().save_pretrained(model)
    few = f"--reviews {reviews} --validation 30 --epochs 14 --batch-size 8 --seeds 2 --max-length 32 --threads 1"
    return Namespace(options=few.split(), model=model, out=tmp_path / "out.json")


def test_fine_tune_beside_the_trainer(small, capsys):
    from tests.benchmarks import imdb

    few = ["--model", str(small.model), "--train", "60", "--rates", "1e-5", "1e-2", "--out", str(small.out)]
    imdb.main([*small.options, *few])
    told, shown = json.loads(small.out.read_text()), capsys.readouterr().out
    by_part = {part: [run for run in told["runs"] if run["key"]["part"] == part] for part in ("tried", "final", "baseline")}
    ours, theirs = imdb.OURS, imdb.TRAINER
    tried = [(run["key"]["name"], run["key"]["rate"]) for run in by_part["tried"]]
    assert tried == [(ours, 1e-5), (theirs, 1e-5), (theirs, 1e-2), (ours, 1e-2)]
    assert all(set(run) & {"validation", "test", "challenge"} == {"validation"} for run in by_part["tried"])
    assert told["rates"] == {ours: 1e-2, theirs: 1e-2}, "at 1e-5 nothing is learnt"
    final = [(run["key"]["name"], run["key"]["rate"], run["key"]["seed"]) for run in by_part["final"]]
    assert final == [(ours, 1e-2, 0), (theirs, 1e-2, 0), (theirs, 1e-2, 1), (ours, 1e-2, 1)]
    names = ["majority class", "TF-IDF", "TF-IDF, whole split", imdb.PROBE]
    assert [run["key"]["name"] for run in by_part["baseline"]] == names
    assert [run["learnt_from"] for run in by_part["baseline"]] == [60, 60, 90, 60]
    # The labels that the words tell are right in six of seven.
    assert all(run["accuracy"] > 0.75 for run in told["accuracy"]["runs"] if run["name"] in (ours, theirs, "TF-IDF"))
    runs = told["accuracy"]["runs"]
    means = {name: np.mean([run["accuracy"] for run in runs if run["name"] == name]) for name in (ours, theirs)}
    assert told["accuracy"]["over_seeds"][ours]["mean"] == pytest.approx(means[ours])
    assert told["paired"]["mean"] == pytest.approx(means[ours] - means[theirs])
    calibrated = [(row["name"], row["seed"]) for row in told["calibration"]]
    assert calibrated == [(ours, 0), (ours, 1), (theirs, 0), (theirs, 1), ("TF-IDF", None), (imdb.PROBE, None)]
    assert set(told["challenge"]) == {ours, theirs, *names}
    assert told["challenge"][ours]["accuracy"].keys() >= {"sarcasm", "plain"}
    for name in (ours, theirs, *names):
        assert name in shown.split("test reviews")[1]
    assert "python -m tests.benchmarks.imdb --reviews" in shown and "McNemar" in shown and "an end of the grid" in shown


def test_the_benchmark_goes_on_where_it_was_stopped(small, monkeypatch, capsys):
    from tests.benchmarks import imdb

    few = ["--model", str(small.model), "--train", "0", "--rates", "1e-2", "--epochs", "2", "--out", str(small.out)]
    few += ["--ours", "attention_dropout=true", "max_grad_norm=0.5"]
    trained, whole = [], imdb.LOOPS[imdb.OURS]

    def stops(*arguments):
        trained.append(arguments[4])
        assert arguments[5].ours == {"attention_dropout": True, "max_grad_norm": 0.5}
        if len(trained) == 3:
            raise KeyboardInterrupt
        return whole(*arguments)

    monkeypatch.setitem(imdb.LOOPS, imdb.OURS, stops)
    with pytest.raises(KeyboardInterrupt):
        imdb.main([*small.options, *few])
    before = json.loads(small.out.read_text())["runs"]
    assert trained == [imdb.TRIED_WITH, 0, 1] and len(before) == 5
    imdb.main([*small.options, *few])
    after = json.loads(small.out.read_text())["runs"]
    assert trained == [imdb.TRIED_WITH, 0, 1, 1] and after[:5] == before and len(after) == 9
    with pytest.raises(InputError, match=r"epochs: 2 there, 3 now; ours: .*0\.5} there"):
        imdb.main([*small.options, *few[: few.index("--ours")], "--epochs", "3"])
    assert json.loads(small.out.read_text())["runs"] == after


def test_a_single_rate_is_not_tried_where_nothing_hangs_on_it(small):
    from tests.benchmarks import imdb

    few = ["--model", str(small.model), "--train", "60", "--rates", "1e-2", "--epochs", "1", "--out", str(small.out)]
    imdb.main([*small.options, *few])
    told = json.loads(small.out.read_text())
    assert [run["key"]["part"] for run in told["runs"]] == ["final"] * 4 + ["baseline"] * 4
    assert told["rates"] == {imdb.OURS: 1e-2, imdb.TRAINER: 1e-2}
    calibrated = {(row["name"], row["seed"]) for row in told["calibration"]}
    assert {(imdb.OURS, 0), (imdb.OURS, 1)} <= calibrated, "by their own answers on the validation part"


def test_half_a_run_is_not_kept(small, pocket, monkeypatch):
    """After Ctrl-C ``fine_tune`` returns what it has."""
    from tests.benchmarks import imdb

    monkeypatch.setattr("bertlab.fine_tune", lambda *_, **__: Namespace(seconds=1.0, interrupted=True))
    few = [*small.options, "--train", "60", "--rates", "1e-2", "--out", str(small.out)]
    for main, own in ((imdb.main, ["--model", str(small.model)]), (pocket.main, ["--start", "random"])):
        with pytest.raises(KeyboardInterrupt):
            main([*few, *own])
        assert not small.out.exists()


def test_a_ledger_takes_no_other_file(tmp_path):
    from tests.benchmarks.ledger import Ledger

    path = tmp_path / "out.json"
    path.write_text("{}")
    with pytest.raises(InputError, match="not what this benchmark writes"):
        Ledger(path, "imdb", {})
    Ledger(path, "imdb", {"a": 1}, resume=False).run(lambda: {"found": 2}, name="x")
    kept = Ledger(path, "imdb", {"a": 1}).run(pytest.fail, name="x")
    assert kept["found"] == 2 and [file.name for file in tmp_path.iterdir()] == ["out.json"]


def test_answers_are_kept_whole():
    from bertlab.tasks.evaluation import Evaluation
    from tests.benchmarks.judging import answers, evaluation

    probabilities = np.array([[1 - 1e-9, 1e-9], [0.3, 0.7], [1e-7, 1 - 1e-7], [0.5001, 0.4999]])
    labels = [0, 0, 1, 0]
    parts = Namespace(validation=(["a", "b"], [0, 0]), test=(["c", "d"], [1, 0]))
    asked = []

    def classifier(texts, labels):
        asked.append(texts)
        return Evaluation(("neg", "pos"), np.array(labels), probabilities)

    found = answers(classifier, parts, ("validation", "test"))
    assert asked == [["a", "b", "c", "d"]] and list(found) == ["validation", "test"]
    again = evaluation(found["validation"] + found["test"], labels)
    np.testing.assert_allclose(again.probabilities, probabilities, rtol=1e-4)
    assert again.right.tolist() == [True, False, True, True]


def divided(small, *more):
    import argparse

    from tests.benchmarks.judging import add_options, divide

    parser = argparse.ArgumentParser()
    add_options(parser)
    return divide(parser.parse_args([*small.options, *more]))


def test_what_chooses_is_not_learnt_from(small):
    part = divided(small, "--train", "60")
    keys = [text for text, _ in zip(*part.whole)]
    assert len(part.tuning[0]) == 60 and len(part.validation[0]) == 30 and part.training == part.tuning
    assert part.validation_held_out and sorted(part.tuning[0] + part.validation[0]) == sorted(keys)
    whole = divided(small, "--train", "0")
    assert not whole.validation_held_out and sorted(whole.training[0]) == sorted(keys) and len(whole.tuning[0]) == 60
    assert whole.validation == part.validation
    assert whole.sha256() != part.sha256() == divided(small, "--train", "60").sha256()
    with pytest.raises(InputError, match="--train is 70; expected 2 to 60"):
        divided(small, "--train", "70")


@pytest.fixture
def pocket(small, monkeypatch):
    from tests.benchmarks import imdb_pocket

    for name, value in {"LAYERS": 1, "WIDTH": 16, "POSITIONS": 128, "VOCABULARY": str(small.model)}.items():
        monkeypatch.setattr(imdb_pocket, name, value)
    return imdb_pocket


def test_the_pocket_sized_bert_from_each_start(small, pocket, capsys):
    few = "--train 0 --rates 1e-2 --mlm-steps 2 --start random pca counted+mlm".split()
    pocket.main([*small.options, *few, "--out", str(small.out)])
    told, shown = json.loads(small.out.read_text()), capsys.readouterr().out
    tried = [run for run in told["runs"] if run["key"]["part"] == "tried"]
    assert [run["key"]["start"] for run in tried] == few[few.index("--start") + 1 :]
    assert all(run["learnt_from"] == 60 and "test" not in run for run in tried)
    final = [run for run in told["runs"] if run["key"]["part"] == "final"]
    chosen = told["chosen"]["start"]
    assert [(run["key"]["seed"], run["key"]["start"]) for run in final] == [(0, chosen), (1, chosen)]
    assert all(run["learnt_from"] == 90 and "validation" not in run for run in final)
    assert all(run["accuracy"] > 0.7 for run in told["accuracy"]["runs"] if run["name"] == told["chosen"]["name"])
    # Its temperature is that of the run that did not learn from the validation part.
    assert len({row["temperature"] for row in told["calibration"]}) == 1 and len(told["calibration"]) == 2
    assert "TF-IDF" in shown and "TF-IDF, whole split" not in shown


def test_word_tables(small, pocket):
    from sklearn.decomposition import PCA

    import bertlab

    words = bertlab.load_model(small.model).get_input_embeddings().weight.detach().numpy()
    for name, whiten in (("pca", False), ("whitened", True)):
        found = pocket.word_table(name, [], small_tokenizer()).numpy()
        expected = PCA(16, whiten=whiten, svd_solver="full").fit_transform(words)
        scale = found.std() / expected.std()
        np.testing.assert_allclose(np.abs(found), scale * np.abs(expected), atol=1e-4 * found.std())


def test_a_start_reaches_the_classifier(small, pocket):
    arguments = Namespace(word_std=0.08, waves=0.02, mlm_steps=2, dropout=0.1)
    texts = rows(20)["text"]
    weights = {start: pocket.encoder(start, texts, arguments)[0] for start in ("random", "pca", "pca+mlm")}
    words, layer = "bert.embeddings.word_embeddings.weight", "bert.encoder.layer.0.attention.self.query.weight"
    models = {start: pocket.classifier(own, 3, arguments).state_dict() for start, own in weights.items()}
    assert models["random"][words].std().item() == pytest.approx(0.02, rel=0.1)
    assert models["pca"][words].std().item() == pytest.approx(0.08, rel=0.1)
    assert (models["pca"][layer] == models["random"][layer]).all()
    assert (models["pca+mlm"][layer] != models["pca"][layer]).any()
    assert (models["pca"]["classifier.weight"] == models["random"]["classifier.weight"]).all()


def test_words_are_dropped_in_training_alone(pocket):
    import torch

    model, seen = small_classifier(), []
    pocket.drop_words(model, 0.3, 4, [0, 1, 2, 3])
    model.bert.register_forward_pre_hook(lambda _, inputs, named: seen.append(inputs[0]), with_kwargs=True)
    ids = torch.tensor([[2] + [7] * 50 + [3] + [0] * 12]).repeat(40, 1)
    torch.manual_seed(0)
    model.train()(input_ids=ids)
    model.eval()(input_ids=ids)
    trained, judged = seen
    assert (judged == ids).all() and (trained[ids != 7] == ids[ids != 7]).all()
    assert 0.25 < (trained[ids == 7] == 4).float().mean() < 0.35
