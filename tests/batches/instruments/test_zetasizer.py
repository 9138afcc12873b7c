import pytest

from batches.instruments import Unreadable, read_export
from batches.instruments.generate import ZetasizerRun, zetasizer_text
from tests.batches.instruments.editing import edited

SIZE = zetasizer_text(ZetasizerRun())
ZETA = zetasizer_text(ZetasizerRun(zeta_mv=-14.2))


def refusal_of(data: bytes) -> str:
    with pytest.raises(Unreadable) as refusal:
        read_export(data)
    return str(refusal.value)


def test_size_records_of_two_tables_are_put_together_and_averaged():
    reading = read_export(SIZE)
    assert (reading.technique, reading.software, reading.warnings) == ("DLS", "Zetasizer software 7.11", ())
    values = reading.values
    assert (values["z_average_nm"], values["z_average_sd_nm"]) == (124.1, 0.1)
    assert (values["pdi"], values["replicates"], values["averages_from"]) == (0.142, 3, "app")
    assert [record["z_average_nm"] for record in values["records"]] == [124.0, 124.1, 124.2]
    assert values["records"][0]["captured_local"] == "2026-03-06 14:50:12"
    assert values["captured_at"] == "06 March 2026 14:50:12"
    curve = reading.curves["records"][0]
    assert (len(curve["size_nm"]), len(curve["intensity"])) == (70, 70)
    assert reading.header == {
        "Serial number": "MAL0000000",
        "Dispersant": "PBS",
        "Date as printed": "06 March 2026 14:50:12",
    }


def test_peak_of_zero_is_no_peak():
    record = read_export(SIZE).values["records"][0]
    assert (record["peak_1_nm"], record["peak_2_nm"], record["peak_3_nm"]) == (135.2, None, None)
    assert read_export(SIZE).values["peak_2_nm"] is None


def test_radii_are_doubled_with_a_note():
    plain, radius = read_export(SIZE), read_export(zetasizer_text(ZetasizerRun(radius=True)))
    assert radius.values["z_average_nm"] == pytest.approx(plain.values["z_average_nm"], abs=0.1)
    assert radius.curves["records"][0]["size_nm"] == pytest.approx(
        plain.curves["records"][0]["size_nm"], rel=1e-3
    )
    assert radius.warnings == ("Sizes in the file are radii; they were doubled to diameters.",)


def test_size_in_an_unknown_unit_is_not_read():
    reading = read_export(edited(SIZE, "Z-Ave (d.nm)", "Z-Ave (inch)"))
    assert reading.values["z_average_nm"] is None
    assert reading.warnings == (
        "'z-ave' stands in the unit inch, which is not read.",
        "A record holds no Z-average: the columns of the export leave it out.",
    )


def test_zeta_records_are_zeta_and_never_a_size():
    reading = read_export(ZETA)
    assert reading.technique == "ZETA"
    assert (reading.values["zeta_mv"], reading.values["zeta_sd_mv"]) == (-14.0, 0.2)
    assert reading.values["conductivity_ms_per_cm"] == 0.943
    assert "z_average_nm" not in reading.values


def test_duplicate_columns_that_differ_are_told():
    data = ZETA.replace(b"\tMAL0000000\t06 March 2026 14:50:12", b"\tMAL0000000\tyesterday")
    assert read_export(data).values["captured_at"] == "06 March 2026 14:50:12"
    twice = edited(SIZE, "\tNano series\t\t", "\tNano series\t9.0\t")
    assert read_export(twice).warnings == (
        "EV sample 1: 'derived count rate' stands more than once with different values (2683.0, 9.0).",
    )


def test_several_samples_are_not_averaged_but_one_can_be_chosen():
    other = zetasizer_text(ZetasizerRun(sample="Buffer", records=2, z_average_nm=30.0, tables=1))
    both = SIZE + other
    with pytest.raises(Unreadable) as refusal:
        read_export(both)
    assert refusal.value.videos == ("EV sample", "Buffer")
    assert str(refusal.value) == (
        "The file holds records of 2 samples (EV sample, Buffer); a mean over them means nothing. "
        "Choose the sample that belongs to this batch."
    )
    assert read_export(both, videos=["Buffer"]).values["replicates"] == 2
    assert read_export(both, videos=["EV sample"]).values["z_average_nm"] == 124.1
    with pytest.raises(Unreadable, match="None of the chosen records"):
        read_export(both, videos=["Another"])


def test_names_that_are_not_numbered_on_are_asked_about():
    data = SIZE.replace(b"EV sample 3", b"EV sample 9")
    assert read_export(data).warnings == (
        "Check that these are replicates of one sample: EV sample 1, EV sample 2, EV sample 9.",
    )


@pytest.mark.parametrize(
    ("run", "warning"),
    [
        (
            ZetasizerRun(pdi=0.55, records=1),
            "PdI above 0.5 in 1 of 1 records (0.55): the Z-average says nothing there.",
        ),
        (
            ZetasizerRun(temperature_c=37.0, records=1),
            "Temperature other than 25 °C in 1 of 1 records (37).",
        ),
        (
            ZetasizerRun(count_rate_kcps=90.0, records=1),
            "Mean count rate outside 150 to 500 kcps in 1 of 1 records (90).",
        ),
    ],
)
def test_doubtful_measurement_is_told(run, warning):
    assert read_export(zetasizer_text(run)).warnings == (warning,)


def test_array_with_a_hole_is_left_out():
    data = SIZE.replace(b"Sizes[3] (d.nm)", b"Sizes[300] (d.nm)")
    reading = read_export(data)
    assert reading.curves["records"][0]["size_nm"] == []
    assert "The array 'sizes' of EV sample 1 has holes; it is not read." in reading.warnings
    assert reading.values["z_average_nm"] == 124.1


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (
            SIZE.split(b"\r\n")[0],
            "The table of this Zetasizer file holds no record. Export the records again.",
        ),
        (
            SIZE.replace(b"0.140", b"1.140"),
            "EV sample 1 has a PdI of 1.14, which can't be. The file is edited.",
        ),
        (
            SIZE.replace(b"\t124.0\t", b"\t-124.0\t"),
            "EV sample 1 holds a negative value for z_average_nm: the file is edited.",
        ),
        (
            SIZE.replace(b"Sample Name", b"Name of it"),
            "A table of this Zetasizer file has no column 'Sample Name', so that its values belong to no "
            "sample. Add the column in the export's settings.",
        ),
        (
            ZETA.replace(b"\t-1", b"\t-1,").replace(b"\t-1,4.", b"\t-14,").replace(b"\t-13.", b"\t-13,"),
            "No record of this Zetasizer file holds a size or a zeta potential as a number. Export the "
            "records with Z-Average, PdI or Zeta Potential, and with decimal points.",
        ),
    ],
    ids=["no record", "pdi", "negative", "no name", "decimal comma"],
)
def test_damaged_file_is_refused(data, reason):
    assert refusal_of(data) == reason
