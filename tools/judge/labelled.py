"""Candidates of a folder, as `examples/evidence` prints them, and the labels of a yardstick work folder."""
import collections
import json
from pathlib import Path

LEFT_OUT = {'private key'}  # decided by fixed rules, their tokens are no candidates of their own


def read(path):
    """(names, number of byte evidence, candidates)"""
    with open(path, encoding='utf-8') as f:
        head = json.loads(next(f))
        return head['evidence'], head['bytes'], [json.loads(line) for line in f]


def labels(work):
    return [json.loads(line) for line in open(Path(work) / 'labels.jsonl', encoding='utf-8')]


def covers(candidate, label):
    """Whether a candidate's value is what a label marks, as far as the label's column tells."""
    return candidate['column'] - 3 <= label['column'] <= candidate['column'] + candidate['length']


def attach(candidates, rows):
    """Sets each candidate's `truth`: 1, 0, or None where the labels say nothing of use; and its `repo`."""
    at, repo = collections.defaultdict(list), {}
    for row in rows:
        repo[row['path'].split('/')[0]] = row['repo']
        if row['group'] in LEFT_OUT:
            continue
        for line in range(row['line'], row['end_line'] + 1):
            at[row['path'], line].append(row)
    for one in candidates:
        here = at[one['path'], one['line']]
        one['repo'] = repo.get(one['path'].split('/')[0], '')
        own = [row['label'] for row in here if covers(one, row)]
        if 'T' in own:
            one['truth'] = 1
        elif 'X' in own or any(row['label'] == 'T' for row in here) or any(row['label'] == 'X' for row in here):
            one['truth'] = None
        else:
            one['truth'] = 0  # labelled false, or not labelled: false in the strict figure
    return candidates
