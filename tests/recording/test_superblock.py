"""Superblock and its checksum against published values and against HDF5's own files."""

import h5py
import pytest

from controller.recording.superblock import SuperblockError, checksum, read_superblock, release


@pytest.mark.parametrize(
    ("data", "value"),
    [(b"", 0xDEADBEEF), (b"Four score and seven years ago", 0x17770551)],  # lookup3.c, driver5
)
def test_the_checksum_is_lookup3(data, value):
    assert checksum(data) == value


def test_a_file_written_by_hdf5_agrees(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w", libver=("v110", "v110")) as file:
        file["x"] = range(1000)
    found = read_superblock(path)
    assert (found.version, found.flags, found.end) == (3, 0, path.stat().st_size)
    assert not release(path)


def test_what_is_not_ours_is_not_touched(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:  # superblock version 0
        file["x"] = 1
    before = path.read_bytes()
    with pytest.raises(SuperblockError, match="not one we write"):
        release(path)
    path.write_bytes(b"no HDF5 at all, but long enough to hold one superblock")
    with pytest.raises(SuperblockError, match="does not begin like HDF5"):
        release(path)
    path.write_bytes(before)
