"""Put the data and the notebooks (without outputs) into the wheel."""

import json
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class IncludeDataAndNotebooks(BuildHookInterface):  # type: ignore[type-arg]
    """An editable install reads those of the checkout; a wheel carries its own."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add ``govlib/_included/data`` and ``govlib/_included/notebooks``."""
        if version == "editable":
            return
        root = Path(self.root)
        self.folder = tempfile.TemporaryDirectory()
        for path in sorted((root / "notebooks").glob("*.ipynb")):
            notebook = json.loads(path.read_text("utf-8"))
            for cell in notebook["cells"]:
                if cell["cell_type"] == "code":
                    cell["outputs"], cell["execution_count"] = [], None
            stripped = json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"
            (Path(self.folder.name) / path.name).write_text(stripped, "utf-8")
        build_data["force_include"][str(root / "data")] = "govlib/_included/data"
        build_data["force_include"][self.folder.name] = "govlib/_included/notebooks"
