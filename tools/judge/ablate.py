#!/usr/bin/env python3
"""What each kind of evidence is worth: cross-validated recall without it. Prints a table for docs/judge.md.

    python3 ablate.py --candidates learn.jsonl --work YARDSTICK_WORK --code code.jsonl...
"""
import argparse

import numpy
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

import labelled
import model
import train

# The first piece of each kind, in the order of the evidence.
KINDS = ('name_length', 'length', 'syntax', 'comment', 'path_kind')
CALLED = ('name', 'value', 'syntax', 'surroundings', 'path')
LANGUAGE = ('strange', 'covered', 'longest_word', 'uncovered', 'echo')
AT = (0.80, 0.85, 0.90, 0.94)


def row(what, candidates, scores):
    ranked = train.once(candidates, scores)
    total = sum(true for _, true in ranked)
    cells = []
    for precision in AT:
        least = train.least_for(precision, ranked)
        cells.append(f'{100 * sum(true for score, true in ranked if score >= least) / total:.0f}')
    print(f'| {what} | ' + ' | '.join(cells) + ' |', flush=True)


def logistic(candidates, code):
    """Logistic regression over the same evidence."""
    scores = numpy.zeros(len(candidates))
    x = model.matrix(candidates)
    for number in range(model.FOLDS):
        inside = [ix for ix, one in enumerate(candidates) if model.fold(one['repo']) == number]
        known = [one for one in candidates if model.fold(one['repo']) != number and one['truth'] is not None]
        scaler = StandardScaler().fit(model.matrix(known + code))
        y = numpy.array([one['truth'] for one in known] + [0] * len(code))
        w, wc = model.weights(known), model.weights(code)
        wc *= model.CODE_SHARE * w.sum() / wc.sum()
        fitted = LogisticRegression(C=0.1, max_iter=2000).fit(scaler.transform(model.matrix(known + code)), y, numpy.concatenate([w, wc]))
        scores[inside] = fitted.decision_function(scaler.transform(x[inside]))
    return scores


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument('--candidates', required=True)
    p.add_argument('--work', required=True)
    p.add_argument('--code', nargs='*', default=[])
    a = p.parse_args()
    names, _, candidates = labelled.read(a.candidates)
    labelled.attach(candidates, labelled.labels(a.work))
    code = train.plain_code(a.code)
    firsts = [names.index(first) for first in KINDS] + [len(names)]
    without = {'nothing': set(), **{called: set(range(firsts[ix], firsts[ix + 1])) for ix, called in enumerate(CALLED)},
               'language of the value': {names.index(name) for name in LANGUAGE}}
    print('| without | ' + ' | '.join(f'{100 * p:.0f} %' for p in AT) + ' |\n|---|' + '---|' * len(AT))
    for what, left_out in without.items():
        def kept(rows):
            return [dict(one, evidence=[0 if ix in left_out else value for ix, value in enumerate(one['evidence'])]) for one in rows]
        some, some_code = kept(candidates), kept(code)
        judges = [dict(model.JUDGE, seed=seed) for seed in model.JUDGE_SEEDS]
        row(what, candidates, sum(model.cross_validated(some, some_code, judge, model.JUDGE_TREES, len(names)) for judge in judges))
    row('(logistic regression)', candidates, logistic(candidates, code))


if __name__ == '__main__':
    main()
