import pytest

from batches.instruments import Unreadable, read_export
from batches.instruments.generate.result_tables import (
    image_lab_csv,
    image_studio_csv,
    imagej_tsv,
    nanodrop_csv,
    positions_text,
    qubit_csv,
)
from tests.batches.instruments.editing import edited


def refusal_of(data: bytes) -> str:
    with pytest.raises(Unreadable) as refusal:
        read_export(data)
    return str(refusal.value)


# --- ZetaView positions ---------------------------------------------------------------------------


@pytest.mark.parametrize("decimal", [".", ","])
def test_positions_give_mean_and_spread_of_the_used_ones(decimal):
    removed = {3: "GRUBBS_SIZE", 7: "MIN_TRACES"}
    reading = read_export(positions_text(removed, decimal))
    values = reading.values
    assert (reading.technique, values["positions"], values["positions_used"]) == ("NTA_POSITIONS", 11, 9)
    assert values["removed"] == {"3": "GRUBBS_SIZE", "7": "MIN_TRACES"}
    assert values["concentration_per_ml"] == 81180000.0
    assert values["concentration_original_per_ml"] == 81180000000.0
    assert (round(values["d50_nm"], 2), values["valid_tracks"]) == (120.62, 1080)
    assert reading.warnings == ("2 of 11 positions were removed (3: GRUBBS_SIZE, 7: MIN_TRACES).",)


def test_positions_that_disagree_with_the_printed_mean_are_told():
    assert read_export(edited(positions_text(), "8.100E+07\t\t", "9.100E+07\t\t")).warnings == (
        "The printed mean (9.1e+07 per mL) is not the one of the used positions (8.1e+07 per mL): the file "
        "is edited.",
    )


def test_positions_without_a_used_one_have_no_result():
    assert refusal_of(
        positions_text({at: "MIN_TRACES" for at in range(2, 12)}).replace(b"X\t1\t", b"\t1\t")
    ) == ("No position of this ZetaView table was used: it holds no result. Measure again.")


# --- NanoDrop and Qubit ---------------------------------------------------------------------------


def test_a_table_of_several_results_asks_which_belongs_to_the_batch():
    with pytest.raises(Unreadable) as refusal:
        read_export(nanodrop_csv())
    assert (refusal.value.videos, refusal.value.are_samples) == (("EV RNA", "Blank"), True)
    twice = nanodrop_csv().replace(b"Blank", b"EV RNA")
    with pytest.raises(Unreadable) as refusal:
        read_export(twice)
    names = ("EV RNA, 3/18/2026 9:00:01 AM", "EV RNA, 3/18/2026 9:01:12 AM")
    assert refusal.value.videos == names
    assert read_export(twice, videos=[names[1]]).values["a260"] == -0.002
    with pytest.raises(Unreadable, match="are not averaged"):
        read_export(twice, videos=list(names))


def test_nanodrop_keeps_unit_and_text():
    reading, blank = (read_export(nanodrop_csv(), videos=[name]) for name in ("EV RNA", "Blank"))
    assert (reading.technique, reading.format) == ("RESULTS", "NanoDrop table")
    told = [reading.values[key] for key in ("sample", "captured_at", "nucleic_acid_ng_per_ul", "a260_a280")]
    assert told == ["EV RNA", "3/18/2026 9:00:01 AM", 12.481, 1.93]
    (line,) = blank.values["records"]
    assert line["texts"] == {"nucleic_acid_ng_per_ul": "n/a"}
    assert line["values"] == {"a260": -0.002, "a280": 0.001, "factor": 40.0}


def test_qubit_takes_the_unit_beside_each_value():
    first, second = (
        read_export(qubit_csv(), videos=[name]).values["records"][0] for name in ("EV RNA", "Buffer")
    )
    assert (first["kind"], first["values"]["tube_ng_per_ml"]) == ("RNA High Sensitivity", 30.4)
    assert first["values"]["original_sample_ng_per_ul"] == 6.08
    assert second["texts"] == {"tube_ng_per_ml": "<0.5", "original_sample_ng_per_ul": "Out of range"}


# --- bands ----------------------------------------------------------------------------------------


def test_image_studio_table_gives_intensities_by_channel():
    reading = read_export(image_studio_csv())
    records = reading.values["records"]
    assert (reading.technique, reading.values["intensity_is"]) == ("BANDS", "total")
    assert [(r["lane"], r["channel"], r["intensity"]) for r in records] == [
        ("A01", "700", 15465.4),
        ("A01", "800", 9635.9),
    ]
    assert records[0]["texts"] == {"icw_response_percent": "#NUM!"}


def test_imagej_table_of_eight_bits_is_told():
    reading = read_export(imagej_tsv())
    assert (reading.values["lanes"], reading.values["intensity_is"]) == (2, "mean")
    assert reading.values["records"][0]["words"] == {"lane": "1", "antibody": "CD9"}
    assert reading.warnings[0] == (
        "1 of 2 regions reach grey value 255: an 8-bit image, clipped there; their intensities are too low."
    )
    assert len(read_export(imagej_tsv(maximum=4095)).warnings) == 1


def test_image_lab_table_gives_bands_with_their_mass():
    reading = read_export(image_lab_csv())
    first, second = reading.values["records"]
    assert reading.values["images"] == ["2026-03-18 gel 4"]
    assert (first["lane"], first["band"], first["label"], first["kda"]) == ("1", "1", "CD63", 53.2)
    assert (first["intensity"], second["intensity"], second["texts"]) == (
        172004.0,
        None,
        {"adjusted_volume": "N/A"},
    )


def test_table_of_bands_with_too_many_cells_is_refused():
    assert refusal_of(imagej_tsv() + b"\tmore\n") == (
        "A line of this table has more cells than the title row: it is edited. Export it again."
    )
