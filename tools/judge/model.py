"""The two models of the judge: one that sees the bytes alone and closes the gate, one that sees the path too and judges."""
import collections
import math
import zlib

import lightgbm
import numpy

FOLDS = 10
COMMON = dict(objective='binary', learning_rate=0.06, min_sum_hessian_in_leaf=0.5, lambda_l2=3.0, feature_fraction=0.4, bagging_fraction=0.8,
              bagging_freq=1, max_bin=127, seed=7, deterministic=True, force_row_wise=True, num_threads=1, verbosity=-1)
JUDGE = dict(COMMON, num_leaves=15, min_data_in_leaf=12, learning_rate=0.09)
JUDGE_TREES = 100
JUDGE_SEEDS = (7, 8, 9)  # the judge is the mean of so many models: a single one's scores are several points of recall off by chance
GATE = dict(COMMON, num_leaves=8, min_data_in_leaf=12)
GATE_TREES = 40
CODE_SHARE = 0.25  # of all weight, that plain code has


def matrix(candidates):
    return numpy.array([one['evidence'] for one in candidates], dtype=numpy.float64)


def weights(candidates):
    """A repository's candidates weigh together as the root of their number, and so do those of one value in it."""
    number = collections.Counter(one['repo'] for one in candidates)
    values = collections.Counter((one['repo'], one['value']) for one in candidates)
    own = numpy.array([1 / math.sqrt(number[one['repo']] * values[one['repo'], one['value']]) for one in candidates])
    return own * len(own) / own.sum()


def train(candidates, code, params, trees, width):
    """`code` are candidates of plain code, all taken to be false."""
    x, w = matrix(candidates), weights(candidates)
    y = numpy.array([one['truth'] for one in candidates], dtype=numpy.float64)
    if code:
        wc = weights(code)
        wc *= CODE_SHARE * w.sum() / wc.sum()
        x, w, y = numpy.vstack([x, matrix(code)]), numpy.concatenate([w, wc]), numpy.concatenate([y, numpy.zeros(len(code))])
    data = lightgbm.Dataset(x[:, :width], y, weight=w, params=params, free_raw_data=False)
    return lightgbm.train(params, data, trees)


def fold(repo):
    return zlib.crc32(repo.encode()) % FOLDS


def cross_validated(candidates, code, params, trees, width):
    """A score for each candidate, by a model that has seen nothing of its repository."""
    scores = numpy.zeros(len(candidates))
    x = matrix(candidates)[:, :width]
    for number in range(FOLDS):
        inside = [ix for ix, one in enumerate(candidates) if fold(one['repo']) == number]
        known = [one for one in candidates if fold(one['repo']) != number and one['truth'] is not None]
        scores[inside] = train(known, code, params, trees, width).predict(x[inside], raw_score=True)
    return scores
