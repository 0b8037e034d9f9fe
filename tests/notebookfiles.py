"""Small notebooks for the tests of what runs notebooks."""

import nbformat

PARAMETERS = 'economy: str = "KAZ"'


def write_notebook(path, *cells, parameters=PARAMETERS, kernel="python3"):
    """Write a notebook; a cell that ends in a comment `# raises` may raise."""
    notebook = nbformat.v4.new_notebook()
    notebook.metadata["kernelspec"] = {"name": kernel, "display_name": "A kernel"}
    notebook.metadata["language_info"] = {"name": "python"}
    if parameters is not None:
        tagged = {"tags": ["parameters"]}
        notebook.cells.append(nbformat.v4.new_code_cell(parameters, metadata=tagged))
    for source in cells:
        tags = ["raises-exception"] if source.endswith("# raises") else []
        notebook.cells.append(nbformat.v4.new_code_cell(source, metadata={"tags": tags}))
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number}"
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    return path
