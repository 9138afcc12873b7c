"""The command that prints exceptions."""

import json

import pytest
from django.core.management import CommandError, call_command

from batches.record.models import Batch
from qc.exceptions.telling import told_of
from tests.factories import BatchFactory
from tests.way import submitted


@pytest.fixture
def two(operator, second_operator):
    """A batch in order that waits for its review, and one that was only opened."""
    return submitted(BatchFactory(by=operator), operator, second_operator), BatchFactory(by=operator)


def run(capsys, *given):
    """What the command prints, and how it ends."""
    code = 0
    try:
        call_command("exceptions", *given)
    except SystemExit as end:
        code = end.code
    return code, capsys.readouterr().out


def test_a_batch_in_order_and_one_that_is_not(two, capsys):
    in_order, opened = two
    code, printed = run(capsys, in_order.number, "--json")
    told = json.loads(printed)
    assert (code, told["exceptions"], told["rule_set"]) == (0, [], "1.4")
    assert told["values"] == told["in_order"] > 20
    code, printed = run(capsys, opened.number)
    assert code == 1
    assert printed.startswith(f"{opened.number}, in process\n")
    assert "major    Step 1 · Pellet: missing: not started" in printed


def test_all_batches_are_a_line_each(two, capsys):
    code, printed = run(capsys, "--all")
    assert code == 1
    assert [json.loads(line)["batch"] for line in printed.splitlines()] == [batch.number for batch in two]
    code, printed = run(capsys, "--under-review")
    assert (code, len(printed.splitlines())) == (0, 1)


def test_an_unknown_batch_is_refused_in_words(db):
    with pytest.raises(CommandError, match=r"There is no batch EXO-1\.") as refused:
        call_command("exceptions", "EXO-1")
    assert refused.value.returncode == 2


def test_more_batches_take_no_more_queries(two, django_assert_num_queries):
    with django_assert_num_queries(17):
        first = [told.batch for told in told_of(Batch.objects.order_by("id")[:1])]
    with django_assert_num_queries(17):
        assert [told.batch for told in told_of(Batch.objects.order_by("id"))] == [*first, two[1]]
