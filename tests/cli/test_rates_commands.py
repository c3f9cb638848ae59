"""`orderbridge rates`: what is known, what the merchant sets, what is refused."""

from tests.cli.conftest import Run, shown


def test_a_rate_of_ones_own_is_set_and_taken_back(run: Run) -> None:
    before = run("rates", "show").stdout
    assert "EUR" in before
    assert "VND" not in before
    assert "1 VND is 0.00004 USD" in run("rates", "fix", "VND", "0.00004").stdout
    assert shown(run("rates", "show", "--json"))["stamps"]["VND"]["source"] == "fixed"
    assert "the sources say counts again" in run("rates", "unfix", "VND").stdout
    assert "VND" not in run("rates", "show").stdout


def test_what_cannot_be_is_refused_in_plain_words(run: Run) -> None:
    for said, reason in (
        (("fix", "XYZ", "1"), "is no currency of ISO 4217"),
        (("fix", "EUR", "much"), "is no rate"),
        (("fix", "EUR", "117"), "is far from what ecb says"),
        (("fix", "USD", "1"), "is the base currency"),
        (("unfix", "VND"), "you have fixed no rate"),
    ):
        refused = run("rates", *said)
        assert refused.exit_code == 1
        assert reason in refused.stderr
