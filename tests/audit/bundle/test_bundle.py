"""What a bundle holds, and that the verifier proves it without us."""

import zipfile

import pytest

from tests.audit.bundle.conftest import verified

pytestmark = pytest.mark.django_db(transaction=True)


def test_r075_a_batch_is_proved_without_us(approved, other, bundled):
    path = bundled(batch=approved.number)
    code, said = verified(path)
    assert (code, said.splitlines()[0]) == (
        0,
        f"OK. All entries of batch {approved.number} are here, unchanged; original files: 1.",
    )


def test_debug(approved, other, bundled):
    path = bundled(batch=approved.number)
    with zipfile.ZipFile(path) as z:
        for i in z.infolist():
            print(i.filename, i.file_size, i.compress_size)
        print(z.read("proof/tree.txt").decode()[:1500])
        open("/tmp/record.html", "wb").write(z.read("record.html"))
        print(z.read("README.txt").decode())
    print(verified(path))
    import datetime as dt

    today = dt.date.today()
    path = bundled(name="r.zip", since=today, until=today)
    print(verified(path))
    with zipfile.ZipFile(path) as z:
        print(z.read("proof/tree.txt").decode()[:1500])
        open("/tmp/record-range.html", "wb").write(z.read("record.html"))
