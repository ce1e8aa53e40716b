"""What runs leave on disk: folders of evidence (`ucoder judge`) and of the loop (`ucoder run`)."""

from ucoder.store.files import JsonObject, publish, write_json
from ucoder.store.judged import RunDirectory, RunRecord, differences

__all__ = ["JsonObject", "RunDirectory", "RunRecord", "differences", "publish", "write_json"]
