"""Markers over batches: what was found where, in a picture and in words."""

from decimal import Decimal

from batches.characterization.flow import FlowGate, NanoFlow
from batches.pictures.markers import _joined, map_of
from tests.factories import BatchFactory
from tests.factories.evidence import _assay, blot, put


def test_several_blots_are_one_answer_or_a_contradiction():
    assert _joined({"weak"}) == "weak"
    assert _joined({"detected", "weak"}) == "detected"
    assert _joined({"detected", "not_detected"}) == "differ"


def test_the_map_holds_what_finished_blots_and_panels_show(
    signed_in, operator, auditor, django_assert_num_queries
):
    first = BatchFactory(by=operator)
    second = BatchFactory(by=operator, version=first.plan.version, source_lot=first.source_lot)
    blot(first, ("CD63", "1", "present", "detected"), ("Calnexin", "4", "absent", "not_detected", "yes"))
    blot(second, ("CD63", "1", "present", "weak"), ("ApoA1", "3", "absent", ""))
    blot(second, ("CD63", "1", "present", "not_detected"), status="open")
    panel = put(NanoFlow(assay=_assay(second, "nanoflow")))
    put(FlowGate(details=panel, target="CD9", misev_category="1", positive_percent=Decimal("34.2")))
    found = map_of(first.product)
    assert [batch.number for batch in found.batches] == [second.number, first.number]
    assert [column.label for column in found.columns] == ["CD63", "CD9 (flow)", "Calnexin"]
    assert [[cell.words for cell in cells] for _, cells in found.table] == [
        ["weak", "34 % positive", "not looked for"],
        ["detected", "not looked for", "not detected"],
    ]
    client = signed_in(auditor)
    address = f"/products/{first.product.code}/markers/"
    client.get(address)
    with django_assert_num_queries(6):
        page = client.get(address).content.decode()
    assert page.count("<rect class=") == 6
    lines = client.get(f"{address}?as=csv").content.decode().splitlines()
    assert lines[1] == f"{second.number},weak,34 % positive,not looked for"


def test_without_a_blot_the_page_says_what_will_be_here(signed_in, operator):
    product = BatchFactory(by=operator).product
    page = signed_in(operator).get(f"/products/{product.code}/markers/").content.decode()
    assert "No marker yet" in page
