"""Reads junit with a parser that checks it."""
import sys

from junitparser import Error, Failure, JUnitXml, Skipped

for name in sys.argv[1:]:
    xml = JUnitXml.fromfile(name)
    cases = [case for suite in xml for case in suite]
    kinds = [type(result) for case in cases for result in case.result]
    assert xml.tests == len(cases) > 0, (xml.tests, len(cases))
    assert xml.failures == kinds.count(Failure) > 0 and xml.errors == kinds.count(Error)
    assert sum(suite.skipped for suite in xml) == kinds.count(Skipped)
    assert all(case.name and case.classname.startswith("keysweep") for case in cases)
    print(f"{xml.tests} cases, {xml.failures} failures", end="; ")
