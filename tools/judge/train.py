#!/usr/bin/env python3
"""Trains the judge and writes rules/judge.weights. See docs/judge.md.

    python3 train.py --candidates learn.jsonl --work YARDSTICK_WORK --code code.jsonl... --out rules/judge.weights --golden fixtures/judge/golden.tsv

Candidates are what `cargo run --release --example evidence -- FOLDER` prints. Same input, same weights, byte for byte.
"""
import argparse
import collections
import hashlib
import random
from pathlib import Path

import numpy

import labelled
import model

UNIT, MEAN_UNIT = 1 << 24, 1 << 10
LOW, MEDIUM, HIGH = 0.86, 0.94, 0.955  # precision asked of each confidence, each value counted once a repository
ASIDE = 3.5                             # least score for more than low confidence in tests, examples and documentation: see docs/judge.md
URLS = 0.75                            # of the true passwords in URLs, that low confidence shows
URL = 10                               # evidence `syntax` of a URL
GATE_KEEPS = 0.998                     # of the true ones that the judge shows at low confidence
TESTS = ('test', 'spec', 'fixture', 'mock', 'example', 'sample', 'demo', 'stub')
GOLDEN = 40


def plain_code(paths):
    """Candidates of plain code outside of tests: nobody has labelled them, and hardly one is true."""
    out = []
    for path in paths:
        for one in labelled.read(path)[2]:
            if not any(word in one['path'].lower() for word in TESTS):
                out.append(dict(one, repo=str(path), truth=0))
    return out


def tree_line(node, part):
    if 'leaf_value' in node:
        return str(round(node['leaf_value'] * part * UNIT))
    branch = f"{node['split_feature']}:{int(node['threshold'] // 1)}:{round(node['internal_value'] * part * MEAN_UNIT)}"
    return ' '.join((branch, tree_line(node['left_child'], part), tree_line(node['right_child'], part)))


def trees(name, boosters):
    """The mean of several models is a sum over their trees, each counting for its part."""
    return [f"{name} {tree_line(tree['tree_structure'], 1 / len(boosters))}" for booster in boosters for tree in booster.dump_model()['tree_info']]


def once(candidates, scores):
    """Each value once a repository, with its best score: [(score, true)], best first."""
    best = {}
    for one, score in zip(candidates, scores):
        key = one['repo'], one['value']
        if one['truth'] is not None and (key not in best or score > best[key][0]):
            best[key] = (float(score), any((one['truth'], best.get(key, (0, 0))[1])))
    return sorted(best.values(), reverse=True)


def least_for(precision, ranked):
    """The lowest score down to which so many of all above it are true."""
    true, least = 0, ranked[0][0]
    for number, (score, is_true) in enumerate(ranked, 1):
        true += is_true
        if number >= 30 and true / number >= precision:
            least = score
    return round(least, 3)


def golden(boosters, gate, width, bytes_width):
    """Random evidence between the numbers that branches ask for, with the trainer's own scores."""
    asked = collections.defaultdict(set)

    def collect(node):
        if 'threshold' in node:
            asked[node['split_feature']].add(int(node['threshold'] // 1))
            collect(node['left_child'])
            collect(node['right_child'])
    for one in (*boosters, gate):
        for tree in one.dump_model()['tree_info']:
            collect(tree['tree_structure'])
    dice, rows = random.Random(5), []
    for _ in range(GOLDEN):
        row = [dice.choice(sorted(asked[ix]) or [0]) + dice.randint(0, 1) for ix in range(width)]
        x = numpy.array([row], dtype=numpy.float64)
        scores = gate.predict(x[:, :bytes_width], raw_score=True)[0], numpy.mean([one.predict(x, raw_score=True)[0] for one in boosters])
        rows.append('\t'.join([*(f'{s:.9f}' for s in scores), *map(str, row)]))
    return '\n'.join(rows) + '\n'


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument('--candidates', required=True)
    p.add_argument('--work', required=True)
    p.add_argument('--code', nargs='*', default=[])
    p.add_argument('--out', type=Path, required=True)
    p.add_argument('--golden', type=Path, required=True)
    a = p.parse_args()
    names, bytes_width, candidates = labelled.read(a.candidates)
    labelled.attach(candidates, labelled.labels(a.work))
    code = plain_code(a.code)
    known = [one for one in candidates if one['truth'] is not None]
    width = len(names)

    judges = [dict(model.JUDGE, seed=seed) for seed in model.JUDGE_SEEDS]
    scores = sum(model.cross_validated(candidates, code, judge, model.JUDGE_TREES, width) for judge in judges) / len(judges)
    gate_scores = model.cross_validated(candidates, code, model.GATE, model.GATE_TREES, bytes_width)
    ranked = once(candidates, scores)
    low, medium, high = (least_for(precision, ranked) for precision in (LOW, MEDIUM, HIGH))
    is_url = [one['evidence'][names.index('syntax')] == URL for one in candidates]
    urls = sorted((float(s) for s, one, url in zip(scores, candidates, is_url) if url and one['truth'] == 1), reverse=True)
    low_url = round(min(low, urls[int(len(urls) * URLS)]), 3)
    shown = sorted(float(g) for g, s, one, url in zip(gate_scores, scores, candidates, is_url)
                   if s >= (low_url if url else low) and one['truth'] == 1)
    gate_least = round(shown[int(len(shown) * (1 - GATE_KEEPS))], 3)

    boosters = [model.train(known, code, judge, model.JUDGE_TREES, width) for judge in judges]
    gate = model.train(known, code, model.GATE, model.GATE_TREES, bytes_width)
    true = sum(one['truth'] for one in known)
    lines = ['# Weights of the judge, written by tools/judge/train.py. docs/judge.md tells how, from what, and how good they are.',
             f'# {len(known)} candidates of {len({one["repo"] for one in known})} repositories, {true} true, and {len(code)} of plain code.',
             'evidence ' + ' '.join(names), f'gate-least {gate_least}', f'low-url {low_url}', f'low {low}', f'medium {medium}', f'high {high}', f'aside {ASIDE}',
             *trees('gate', [gate]), *trees('judge', boosters)]
    text = '\n'.join(lines) + '\n'
    a.out.write_text(text)
    a.golden.parent.mkdir(parents=True, exist_ok=True)
    a.golden.write_text(golden(boosters, gate, width, bytes_width))

    total = sum(t for _, t in ranked)
    print(f'cross-validated, each value once a repository ({total} true of {len(ranked)}):')
    for name, least in (('low', low), ('medium', medium), ('high', high)):
        above = [t for s, t in ranked if s >= least]
        print(f'  {name:<7} from {least:>6}: {sum(above)} true, {len(above) - sum(above)} false, '
              f'precision {100 * sum(above) / len(above):.1f}, {100 * sum(above) / total:.1f} % of all true')
    above = [one['truth'] for s, one, url in zip(scores, candidates, is_url) if url and s >= low_url and one['truth'] is not None]
    print(f'  urls    from {low_url:>6}: {sum(above)} true, {len(above) - sum(above)} false')
    passed = sum(g >= gate_least for g in gate_scores)
    print(f'gate from {gate_least}: {passed} of {len(candidates)} pass')
    print(f'sha256 {hashlib.sha256(text.encode()).hexdigest()[:16]}, {len(text)} bytes')


if __name__ == '__main__':
    main()
