"""Real exports, read where they are present: the values printed in them, or a reason in words.

`INSTRUMENT_SAMPLES` names their folder; they carry other people's licences and stay outside.
"""

import os
from pathlib import Path

import pytest

from batches.instruments import Unreadable, read_export
from batches.instruments.preview import make_preview
from tests.batches.instruments.test_samples_of_tables import TABLES

FOLDER = os.environ.get("INSTRUMENT_SAMPLES")
pytestmark = pytest.mark.skipif(not FOLDER, reason="INSTRUMENT_SAMPLES is not set")

KEYS = "concentration_per_ml mean_nm mode_nm sd_nm d10_nm d50_nm d90_nm".split()
ERRORS = (
    "concentration_standard_error_per_ml mean_standard_error_nm mode_standard_error_nm "
    "sd_standard_error_nm d10_standard_error_nm d50_standard_error_nm d90_standard_error_nm"
).split()

NANOSIGHT = {
    "NA_GD14_Pexo_-ExperimentSummary.csv": {
        "software": "NTA 3.2 Dev Build 3.2.16",
        "about": (1000.0, True, 5, 1000, 8613, "11:02:46  14/03/2019", "SN", "PBS", "OK"),
        "sample": "NA_GD14_plac_ exo",
        "averages": [6.13e11, 139.1, 101.3, 64.6, 84.4, 116.3, 218.3],
        "errors": [4.11e10, 2.7, 3.4, 2.4, 1.6, 2.3, 6.9],
        "by_video": {
            "concentration_per_ml": [7.29e11, 6.24e11, 5.74e11, 6.55e11, 4.83e11],
            "mean_nm": [137.5, 140.7, 143.2, 129.5, 144.4],
            "mode_nm": [94.5, 108.1, 99.1, 94.3, 110.6],
            "sd_nm": [66.3, 61.6, 69.6, 56.8, 68.9],
            "d10_nm": [80.9, 84.6, 85.2, 81.4, 89.8],
            "d50_nm": [113.2, 121.0, 120.3, 108.7, 118.4],
            "d90_nm": [236.9, 224.6, 225.4, 203.3, 201.3],
            "valid_tracks": [2043.0, 1765.0, 1621.0, 1811.0, 1373.0],
        },
        "warnings": 0,
    },
    "Pexo_14_1500_-ExperimentSummary.csv": {
        "software": "NTA 3.2 Dev Build 3.2.16",
        "about": (None, False, 5, 1000, 10262, "10:00:37  08/05/2019", "SN", "PBS", "OK"),
        "sample": "",
        "averages": [8.06e8, 146.6, 118.0, 55.1, 94.9, 130.6, 215.2],
        "errors": [3.55e7, 1.8, 6.8, 1.1, 1.3, 1.8, 4.9],
        "by_video": {
            "concentration_per_ml": [8.98e8, 8.46e8, 8.27e8, 7.70e8, 6.91e8],
            "mean_nm": [151.7, 148.7, 141.1, 145.0, 146.7],
            "mode_nm": [113.8, 126.4, 102.6, 140.1, 107.2],
            "sd_nm": [54.3, 55.9, 51.5, 57.8, 56.0],
            "d10_nm": [96.9, 96.8, 91.0, 92.3, 97.5],
            "d50_nm": [135.1, 132.1, 126.1, 133.1, 126.6],
            "d90_nm": [216.1, 231.7, 211.5, 201.4, 215.0],
            "valid_tracks": [2268.0, 2223.0, 2013.0, 1930.0, 1828.0],
        },
        "warnings": 4,
    },
    "ATCC_24h_B_LS 2020-09-18 11-20-44-ExperimentSummary.csv": {
        "software": "NTA 3.4 Build 3.4.003",
        "about": (None, False, 4, 1000, 1093, "11:20:44  18/09/2020", "Jen", "", "OK"),
        "sample": "ATCC_24h_B_LS",
        "averages": [7.18e7, 164.4, 173.1, 34.5, 122.1, 165.8, 204.7],
        "errors": [2.88e6, 1.4, 9.7, 4.1, 6.0, 3.6, 3.1],
        "by_video": {
            "concentration_per_ml": [6.76e7, 6.67e7, 7.40e7, 7.89e7],
            "mean_nm": [160.9, 164.8, 167.6, 164.1],
            "mode_nm": [153.1, 159.9, 187.1, 192.2],
            "sd_nm": [30.7, 25.5, 44.1, 37.7],
            "d10_nm": [128.0, 136.2, 112.1, 112.0],
            "d50_nm": [157.1, 163.2, 173.5, 169.2],
            "d90_nm": [200.8, 198.3, 208.4, 211.2],
            "valid_tracks": [253.0, 252.0, 268.0, 320.0],
        },
        "warnings": 5,
    },
    "ATCC_F3 2021-11-02 16-36-00-ExperimentSummary.csv": {
        "software": "NTA 3.4 Build 3.4.003",
        "about": (None, False, 5, 1000, 15688, "16:36:00  02/11/2021", "Eddie", "",
                  "Be cautious of data due to noise"),
        "sample": "ATCC_F3",
        "averages": [6.41e8, 201.3, 102.8, 82.8, 97.0, 206.9, 299.0],
        "errors": [3.15e7, 2.8, 3.4, 1.6, 2.0, 3.0, 3.7],
        "by_video": {
            "concentration_per_ml": [5.90e8, 6.69e8, 7.14e8, 6.86e8, 5.45e8],
            "mean_nm": [200.9, 198.8, 204.5, 192.8, 209.3],
            "mode_nm": [95.3, 97.9, 99.4, 113.3, 107.9],
            "sd_nm": [82.6, 84.5, 86.9, 77.0, 82.8],
            "d10_nm": [93.9, 93.2, 97.8, 95.4, 104.5],
            "d50_nm": [206.8, 215.9, 210.5, 200.0, 201.1],
            "d90_nm": [310.0, 298.3, 304.4, 292.1, 290.0],
            "valid_tracks": [2821.0, 3278.0, 3430.0, 3422.0, 2737.0],
        },
        "warnings": 7,
    },
}  # fmt: skip

PICTURES = {
    "FEI-Helios-Ebeam-8bits.tif": (512, 471, 8, 3372.4),
    "test_tiff_Zeiss_SEM_512pix.tif": (512, 384, 8, 11.65),
    "JEOL-SightX-TEM-mag-dummy.tif": (556, 556, 16, 1.8208),
    "test_loading_image_saved_with_DM.tif": (68, 68, 32, 168.675),
    "test_loading_image_saved_with_imageJ.tif": (68, 68, 32, 168.675),
    "test_loading_image_saved_with_imageJ_no_scale.tif": (68, 68, 32, None),
    "128x128-TEM_search_1.ser": (128, 128, 32, 5.2612),
    "Camera Ceta Imaging Micro.emd": (512, 512, 16, 3.13884),
    "EMD-3197.map": (20, 20, 32, 1.14),
    "Fei HAADF-UK_location.dm3": (16, 4, 16, 5.506),
    "test_STEM_image.dm3": (68, 68, 32, 0.248538),
    "dmTest_float32_nonSquare_diffPixelSize.dm4": (128, 64, 32, 1.0),
}

ATTACHED = {
    "nanosight_data.csv": "a size table cut out of an export by hand, without dilution, settings "
    "and warnings (attach the original export to read its values)",
    "128x128-TEM_search.emi": "the .emi part of an FEI image",
    "test1.1sc": "a Bio-Rad Quantity One scan (.1sc)",
    "test1_ref_meta.json": "a JSON document",
}


def sample(name: str) -> bytes:
    return next(Path(FOLDER or "").rglob(name)).read_bytes()


@pytest.mark.parametrize("name", NANOSIGHT)
def test_nanosight_sample_gives_its_printed_values(name):
    expected = NANOSIGHT[name]
    reading = read_export(sample(name), name)
    values = reading.values
    about = (
        "dilution concentration_includes_dilution videos bins valid_tracks captured_at operator "
        "diluent validity"
    ).split()
    assert reading.software == expected["software"]
    assert tuple(values[key] for key in about) == expected["about"]
    assert values["sample"] == expected["sample"]
    assert [values[key] for key in KEYS] == expected["averages"]
    assert [values[key] for key in ERRORS] == expected["errors"]
    videos = reading.curves["videos"]
    by_video = {key: [video[key] for video in videos] for key in expected["by_video"]}
    assert by_video == expected["by_video"]
    assert len(reading.warnings) == expected["warnings"]


def test_name_of_the_sample_suggests_its_dilution():
    name = "Pexo_14_1500_-ExperimentSummary.csv"
    assert read_export(sample(name), name).values["dilution_suggested"] == 1500.0


def test_combined_sample_is_refused_until_videos_are_chosen():
    data = sample("beads.csv")
    with pytest.raises(Unreadable) as refusal:
        read_export(data)
    assert len(refusal.value.videos) == 12
    names = [f"std_10000_yes_2_0{at}" for at in range(3)]
    values = read_export(data, videos=names).values
    assert [values[key] for key in KEYS] == [
        1296666666.67,
        98.6666666667,
        95.5,
        11.4,
        87.0333333333,
        96.0,
        109.1,
    ]


def test_zetaview_sample_gives_the_values_recomputed_by_hand():
    reading = read_export(sample("Sample2_35nm_1-5pool.txt"))
    values = reading.values
    assert reading.software == "ZetaView (version 8.05.14 SP7)"
    assert values["concentration_per_ml"] == pytest.approx(3.9172e7, rel=1e-4)
    assert values["concentration_original_per_ml"] == pytest.approx(3.9172e11, rel=1e-4)
    assert values["dilution"] == 10000.0
    assert [round(values[key], 1) for key in KEYS[1:]] == [105.4, 72.5, 50.4, 57.8, 89.4, 166.8]
    assert values["d50_nm"] == 89.444444
    assert (values["valid_tracks"], values["bins"]) == (374, 1200)
    assert reading.warnings == (
        "Only 374 traces; 500 or more are customary.",
        "The particle drift was never checked.",
        "The instrument says: particle drift: too high.",
    )


@pytest.mark.parametrize("name", PICTURES)
def test_micrograph_sample_gives_its_true_pixel_size(name):
    width, height, bits, pixel_nm = PICTURES[name]
    data = sample(name)
    values = read_export(data).values
    assert (values["width_px"], values["height_px"], values["bit_depth"]) == (width, height, bits)
    assert values["pixel_size_nm"] == (pixel_nm and pytest.approx(pixel_nm, rel=1e-4))
    assert make_preview(data)[:4] == b"\x89PNG"


def test_blot_sample_gives_its_true_pixel_size():
    reading = read_export(sample("test1_imglab_analysis.tif"))
    assert reading.technique == "BLOT"
    values = reading.values
    assert (values["width_px"], values["height_px"], values["bit_depth"]) == (696, 520, 16)
    assert (values["pixel_size_um"], values["saturated_pixels"]) == (200.0, 0)


def test_image_lab_scan_sample_gives_what_its_header_says():
    data = sample("2019-03-01-WB0-pAKT4060.scn")
    reading = read_export(data)
    values = reading.values
    assert (values["width_px"], values["height_px"], values["binning"]) == (689, 552, "4x4")
    assert (values["exposure_s"], values["captured_at"]) == (36.282, "2019-03-01T10:50:08")
    assert values["pixel_size_um"] == pytest.approx(137.88, rel=1e-4)
    assert values["instrument"].endswith("Touch 732BR1400") and reading.warnings == ()
    assert make_preview(data)[:4] == b"\x89PNG"


def test_dm4_sample_tells_that_its_pixels_are_not_square():
    reading = read_export(sample("dmTest_float32_nonSquare_diffPixelSize.dm4"))
    assert reading.values["pixel_height_nm"] == 0.2
    assert reading.warnings == (
        "The pixels are not square (1 x 0.2 nm): the scale bar holds for the width only.",
    )


@pytest.mark.parametrize("name", ATTACHED)
def test_sample_without_reader_is_named(name):
    with pytest.raises(Unreadable) as refusal:
        read_export(sample(name), name)
    said = f"This is {ATTACHED[name]}; it is kept as an attachment, there is no reader for it yet."
    assert str(refusal.value).partition(" Attach ")[0] == said


def test_every_sample_is_in_this_list():
    found = {path.name for path in Path(FOLDER or "").rglob("*") if path.is_file()}
    others = {"beads.csv", "Sample2_35nm_1-5pool.txt", "test1_imglab_analysis.tif"}
    others.add("2019-03-01-WB0-pAKT4060.scn")
    known = set(NANOSIGHT) | set(PICTURES) | set(ATTACHED) | set(TABLES) | others
    assert found - known == {"PROVENANCE.md"}
