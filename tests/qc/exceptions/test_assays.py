"""The rule about assays that were made again."""

from batches.characterization.protein import ProteinAssay
from tests.qc.exceptions.made import made, of, tracking, voided


def protein(batch, number):
    """A finished protein assay."""
    one = tracking(batch, number)
    one.technique = "protein"
    ProteinAssay(pk=number, assay=one)
    return one


def test_r030_assay_repeated_fires_after_a_voided_one():
    batch = made().batch
    record = made(assays=[voided(tracking(batch, 1)), tracking(batch, 2)])
    (one,) = of(record, "assay_repeated")
    assert one.what == "1 standing (assay 2), 1 voided: all results that stand count"
    assert one.where == "Nanoparticle tracking · final preparation"


def test_assay_repeated_fires_on_two_protein_assays():
    batch = made().batch
    record = made(assays=[tracking(batch), protein(batch, 2), protein(batch, 3)])
    assert [one.where for one in of(record, "assay_repeated")] == ["Protein assay · final preparation"]


def test_assay_repeated_is_quiet_on_replicates_of_particle_tracking():
    batch = made().batch
    assert of(made(assays=[tracking(batch, 1), tracking(batch, 2)]), "assay_repeated") == []
