"""A batch beside its references: distances against scipy, agreement, scores, thresholds, two people."""

from decimal import Decimal

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from scipy.stats import wasserstein_distance

from audit.refusal import ActionRefused
from batches.record.models import Reading
from batches.trends.attributes import TRENDED, Found
from batches.trends.models import SizeProfile
from batches.trends.similarity import profiles
from batches.trends.similarity.actions import confirm_references, propose_references
from batches.trends.similarity.comparing import MarkerLine, ProfileLine, Thresholds, compare
from batches.trends.similarity.figures import BatchProfile, Figures
from batches.trends.similarity.stored import profiles_of
from tests.batches.trends.making import measured, product_with_batches
from tests.factories import evidence

FINE = [0.5 + at for at in range(1000)]  # NanoSight's classes
COARSE = [15 + 30 * at for at in range(34)]  # ZetaView's classes are wider


def bell(centres, mean, sd=20.0):
    return [float(np.exp(-(((nm - mean) / sd) ** 2) / 2)) for nm in centres]


def test_distance_is_scipys_wasserstein_distance():
    """Against scipy.stats.wasserstein_distance on the same 1 nm classes, and a shift gives its size."""
    one, other = bell(FINE, 110), bell(FINE, 143, 31)
    ours = profiles.distances_nm(profiles.profile_of(FINE, one), profiles.profile_of(FINE, other))[0]
    assert ours == pytest.approx(wasserstein_distance(FINE, FINE, one, other), abs=0.05)
    shifted = profiles.profile_of(FINE, bell(FINE, 128))
    assert profiles.distances_nm(profiles.profile_of(FINE, one), shifted)[0] == pytest.approx(18, abs=0.01)


def test_the_shift_tells_which_way_a_profile_lies():
    """Signed against the mean sizes; a profile that is wider around the same mean has no direction."""
    own, larger = (profiles.profile_of(FINE, bell(FINE, mean)) for mean in (110, 128))
    assert (round(profiles.shift_nm(larger, own)), round(profiles.shift_nm(own, larger))) == (18, -18)
    wide = profiles.profile_of(FINE, bell(FINE, 300, 60))
    narrow = profiles.profile_of(FINE, bell(FINE, 300, 20))
    line = ProfileLine("NTA-2", 1, 30, 50, 0, True, shift_nm=profiles.shift_nm(wide, narrow))
    assert line.direction == "in shape more than in size"


def test_overlap_is_whole_with_itself_and_none_apart():
    own = profiles.profile_of(FINE, bell(FINE, 110))
    far = profiles.profile_of(FINE, bell(FINE, 700))
    near = profiles.profile_of(FINE, bell(FINE, 130))
    # Two normal distributions one SD apart share 2 Φ(-1/2) = 61.7 % of their area.
    assert [round(float(one)) for one in profiles.overlaps_percent(own, np.array([own, far, near]))] == [
        100,
        0,
        62,
    ]


def test_instruments_with_other_classes_meet_on_one_grid():
    fine, coarse = profiles.profile_of(FINE, bell(FINE, 135)), profiles.profile_of(COARSE, bell(COARSE, 135))
    assert profiles.distances_nm(fine, coarse)[0] < 4  # wider classes spread particles within them
    assert profiles.distances_nm(fine, 3 * np.arange(501)[None, :] * 0 + fine)[0] == 0


def test_packing_loses_less_than_a_hundredth_of_a_nanometre():
    own = profiles.profile_of(FINE, bell(FINE, 110))
    data = profiles.packed(own)
    assert len(data) == 1002 and profiles.distances_nm(own, profiles.unpacked(data))[0] < 0.01


@pytest.mark.parametrize(
    ("sizes", "counts"), [([], []), ([100], [3]), ([1, 2], [0, 0]), ([2, 1], [1, 1]), ([1, 2], [1])]
)
def test_nothing_to_compare_is_no_profile(sizes, counts):
    assert profiles.profile_of(sizes, counts) is None


# --- comparing ----------------------------------------------------------------------------------------


def figures(modes, markers, yields, instrument="NTA-2"):
    """Figures of batches 0 (the one compared), 1, 2, …"""
    key = (instrument.casefold(), "NTA")

    def found(value, pk):
        return [Found(pk, key, instrument, "NTA", value, 1)]

    values = {name: {} for name in ("particles_per_ml", "particles_per_ug", "overall_recovery_percent")}
    values["mode_nm"] = {pk: found(mode, pk) for pk, mode in enumerate(modes)}
    values["particles_per_million_cells"] = {pk: found(one, pk) for pk, one in enumerate(yields)}
    made = {
        pk: [BatchProfile(pk, instrument, "NTA", profiles.profile_of(FINE, bell(FINE, mode)))]
        for pk, mode in enumerate(modes)
    }
    return Figures(made, values, dict(enumerate(markers)))


SHOWS = {"CD9": True, "CD81": True, "Calnexin": False}
ALIKE = [100, 99, 101, 98, 102, 100, 99, 101, 100]


def test_sentence_says_what_differs():
    """The batch is larger, poorer and lacks CD81, which nine of nine references show."""
    own = {"CD9": True, "CD81": False, "Calnexin": False, "TSG101": True}
    yields = [1e8, *[1e9, 1.1e9, 0.9e9] * 3]
    known = figures([118, *ALIKE], [own, *[SHOWS] * 9], yields)
    found = compare(known, 0, range(10), Thresholds(most_distance_nm=12.0, least_overlap_percent=50.0))
    assert found.sentence == (
        "Size profile 18.0 nm from the references, towards larger particles (12 nm at most); "
        "CD81 not detected while 9 of 9 references show it; "
        "yield 10.0 times lower than the references (−26.4 SD); "
        "mode 18 nm larger than the references (+14.7 SD)."
    )
    assert (found.size, round(found.markers_percent), found.other_instruments) == (9, 67, [])
    assert [(one.trended.key, one.size) for one in found.values] == [
        ("particles_per_million_cells", 9),
        ("mode_nm", 9),
    ]


def test_alike_batch_differs_in_nothing_and_is_never_its_own_reference():
    known = figures([100, *ALIKE], [SHOWS] * 10, [1e9, *[1e9, 1.1e9, 0.9e9] * 3])
    found = compare(known, 0, range(10), Thresholds(most_distance_nm=5.0))
    assert (found.sentence, found.is_alike) == (
        "Nothing lies beyond the thresholds against 9 references.",
        True,
    )
    nothing = compare(figures([], [], []), 0, [1, 2, 3], Thresholds())
    assert nothing.sentence == "Nothing to compare yet: no finished assay of the final preparation."


def test_other_instruments_are_said_so():
    known = figures([100, *ALIKE], [SHOWS] * 10, [1e9] * 10)
    known.profiles[0] = [BatchProfile(0, "ZV-1", "NTA", profiles.profile_of(COARSE, bell(COARSE, 105)))]
    known.values["mode_nm"][0] = [Found(0, ("zv-1", "NTA"), "ZV-1", "NTA", 105.0, 1)]
    found = compare(known, 0, range(1, 10), Thresholds())
    assert found.other_instruments == ["size profile", "mode diameter"]
    assert TRENDED["mode_nm"].label == "Mode diameter"


@pytest.mark.parametrize(
    ("seen", "seen_in", "looked_at", "agrees"),
    [(True, 9, 9, True), (False, 9, 9, False), (True, 0, 9, False), (True, 5, 9, None), (True, 2, 2, None)],
)
def test_markers_agree_with_what_most_references_show(seen, seen_in, looked_at, agrees):
    assert MarkerLine("CD81", seen, seen_in, looked_at).agrees is agrees


# --- in the record ------------------------------------------------------------------------------------


def with_reading(batch, mode):
    kept = evidence.attach(batch, f"{mode}".encode(), name="nta.csv")
    curves = {"bin_centre_nm": FINE[:400], "per_ml_average": bell(FINE[:400], mode)}
    read = Reading(
        attachment=kept, reader="nanosight", reader_version="1", format="NTA 3.4", values={}, curves=curves
    )
    measured(batch, mode, reading=evidence.put(read))


@pytest.mark.django_db
def test_references_count_once_a_second_person_confirms_them(signed_in, reviewer, qa, operator):
    """Proposing, confirming, then the page, the card and their constant number of queries."""
    product, batches = product_with_batches([None] * 4)
    for batch, mode in zip(batches, (100, 101, 99, 140), strict=True):
        with_reading(batch, mode)
    numbers = [batch.number for batch in batches[:3]]
    given = {"product": product, "words": "good ones", "thresholds": {"most_distance_nm": Decimal(12)}}
    with pytest.raises(ActionRefused, match="at least 3 batches; 2 were chosen"):
        propose_references(batches=numbers[:2], by=reviewer, **given)
    proposed = propose_references(batches=numbers, by=reviewer, **given)
    with pytest.raises(ActionRefused, match="somebody else confirms"):
        confirm_references(reference_set=proposed, by=reviewer)
    client, page = signed_in(operator), f"/batches/{batches[3].number}/similarity/"
    assert "No reference batches yet" in client.get(page).content.decode()
    confirm_references(reference_set=proposed, by=qa)
    asked = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            shown = client.get(page).content.decode()
        asked.append(len(queries))
    assert "Size profile 40.0 nm from the references, towards larger particles (12 nm at most); mode" in shown
    assert asked[0] > asked[1] and SizeProfile.objects.count() == 4
    card = client.get(f"{page}card/").content.decode().strip()
    assert card.startswith('<section class="card" id="similarity"') and "2 beyond" in card
    SizeProfile.objects.all().delete()
    assert len(profiles_of(Reading.objects.values_list("pk", flat=True))) == 4


@pytest.mark.django_db
def test_references_are_chosen_on_their_page(signed_in, reviewer, qa, operator):
    product, batches = product_with_batches((100, 101, 99))
    page, numbers = f"/trends/{product.code}/references/", [batch.number for batch in batches]
    assert signed_in(operator).post(page, {"words": "mine", "batches": numbers}).status_code == 403
    client = signed_in(reviewer)
    assert client.post(page, {"words": "", "batches": numbers}).status_code == 400
    client.post(page, {"words": "three good ones", "batches": numbers, "most_z": "2,5"})
    assert "somebody else confirms it" in client.get(page).content.decode()
    client = signed_in(qa)
    assert client.get(page).content.decode().count("Confirm</button>") == 1
    client.post(f"{page}1/confirm/")
    shown = client.get(page).content.decode()
    assert "counts</span>" in shown and "2.5" in shown
