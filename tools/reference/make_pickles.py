"""Writes tests/Fixtures/pickles: one network's state in files as torch.save writes them, with CPython's own pickler in each protocol that PyTorch's files can have.

PyTorch itself is not needed: classes and functions of its names stand in for what its pickles name. Run it with CPython 3.8 or later: python make_pickles.py FOLDER
"""
import collections
import io
import pathlib
import pickle
import platform
import struct
import sys
import types
import zipfile


class FloatStorage: pass
class HalfStorage: pass
class LongStorage: pass


def _rebuild_tensor_v2(): pass
def _rebuild_parameter(): pass


torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
torch._utils = utils
sys.modules.update({"torch": torch, "torch._utils": utils})
for module, things in ((torch, (FloatStorage, HalfStorage, LongStorage)), (utils, (_rebuild_tensor_v2, _rebuild_parameter))):
    for thing in things:
        thing.__module__ = module.__name__
        setattr(module, thing.__name__, thing)


class Storage:
    def __init__(self, key, kind, letter, values):
        self.key, self.kind, self.count, self.data = key, kind, len(values), struct.pack(f"<{len(values)}{letter}", *values)


class Tensor:
    def __init__(self, storage, offset, size, stride):
        self.arguments = (storage, offset, size, stride, False, collections.OrderedDict())

    def __reduce_ex__(self, protocol):
        return _rebuild_tensor_v2, self.arguments


class Parameter:
    def __init__(self, tensor):
        self.tensor = tensor

    def __reduce_ex__(self, protocol):
        return _rebuild_parameter, (self.tensor, True, collections.OrderedDict())




def dumps(value, protocol, is_legacy=False):
    class Pickler(pickle.Pickler):
        def persistent_id(self, thing):
            if isinstance(thing, Storage):
                return ("storage", thing.kind, thing.key, "cuda:0", thing.count) + ((None,) if is_legacy else ())

    stream = io.BytesIO()
    Pickler(stream, protocol).dump(value)
    return stream.getvalue()


def main(folder):
    matrix = Storage("0", FloatStorage, "f", [0, 1, 2, 3, 4, 5])
    numbers = Storage("1", LongStorage, "q", [7, -8, 1 << 40, 0])
    scale = Storage("2", HalfStorage, "e", [1.5])
    storages = [matrix, numbers, scale]
    state = collections.OrderedDict()
    state["matrix"] = Tensor(matrix, 0, (2, 3), (3, 1))
    state["transposed"] = Tensor(matrix, 0, (3, 2), (1, 3))
    state["row"] = Tensor(matrix, 3, (3,), (1,))
    state["text_model.embeddings.position_ids"] = Tensor(numbers, 0, (1, 4), (4, 1))
    state["größe"] = Parameter(Tensor(scale, 0, (), ()))
    state._metadata = collections.OrderedDict([("", {"version": 1})])
    for protocol in (2, 3, 4, 5):
        with zipfile.ZipFile(folder / f"zip-{protocol}.bin", "w", zipfile.ZIP_STORED) as archive:
            def add(name, data):
                archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data)

            add("archive/data.pkl", dumps(state, protocol))
            add("archive/byteorder", b"little")
            for storage in storages:
                add(f"archive/data/{storage.key}", storage.data)
            add("archive/version", b"3\n")

        legacy = [dumps(0x1950A86A20F9469CFC6C, protocol), dumps(1001, protocol)]
        legacy.append(dumps({"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}, protocol))
        legacy += [dumps(state, protocol, is_legacy=True), dumps([storage.key for storage in storages], protocol)]
        for storage in storages:
            legacy += [struct.pack("<q", storage.count), storage.data]
        (folder / f"legacy-{protocol}.bin").write_bytes(b"".join(legacy))

    (folder / "README.md").write_text(f"Written by tools/reference/make_pickles.py with {platform.python_implementation()} {platform.python_version()}.\n")


main(pathlib.Path(sys.argv[1]))
