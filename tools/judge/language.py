#!/usr/bin/env python3
"""Makes the word list and the letter table that tell words from random text (rules/judge.words, rules/judge.letters).

    python3 language.py --code FOLDER... --out rules/

Words are taken from the identifiers and comments of plain source trees: split at case changes, in lower case. A word is kept when it stands in
several trees; the table counts three letters in a row over all of them. Same trees, same files, byte for byte.
"""
import argparse
import collections
import math
import re
import zlib
from pathlib import Path

CODE = {'.py', '.rb', '.go', '.java', '.c', '.h', '.js', '.ts', '.md', '.yml', '.rst', '.kt', '.sh', '.php', '.cs', '.tcl', '.xml', '.html'}
BIGGEST = 200_000  # bytes; larger files are data
SHARE = 1          # one file of so many is read, chosen by its name
WORDS = 9_000
SHORTEST, LONGEST = 3, 16
WORD = re.compile(rb'[A-Z]+(?![a-z])|[A-Z]?[a-z]+')
LETTERS = ' abcdefghijklmnopqrstuvwxyz'
LEVELS = ''.join(chr(c) for c in range(ord('0'), ord('z') + 1))  # 75 levels of 1/8 bit


def words_of(folder):
    counts = collections.Counter()
    for path in sorted(folder.rglob('*')):
        name = str(path.relative_to(folder))
        if path.suffix not in CODE or zlib.crc32(name.encode()) % SHARE or path.is_symlink() or path.stat().st_size > BIGGEST:
            continue
        # A word counts once a file, so that one file's table does not make a language.
        counts.update({w.lower() for w in WORD.findall(path.read_bytes()) if len(w) <= LONGEST})
    return counts


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument('--code', nargs='+', type=Path, required=True)
    p.add_argument('--out', type=Path, required=True)
    a = p.parse_args()
    trees = [words_of(folder) for folder in sorted(a.code)]
    weight, seen = collections.Counter(), collections.Counter()
    for counts in trees:
        for word, n in counts.items():
            weight[word] += math.log2(1 + n)
            seen[word] += 1
    # The shorter a word, the likelier it stands in random text: it must be told by more trees, and be commoner in them.
    def is_word(w):
        return seen[w] >= max(2, 7 - len(w)) and weight[w] >= (6 if len(w) < 4 else 2) * seen[w]

    kept = [w for w in weight if len(w) >= SHORTEST and is_word(w)]
    kept.sort(key=lambda w: (-weight[w], w))
    (a.out / 'judge.words').write_text('\n'.join(sorted(w.decode() for w in kept[:WORDS])) + '\n')
    pairs = collections.Counter()
    for word, n in weight.items():
        if not is_word(word):
            continue
        text = ' ' + word.decode() + ' '
        for i in range(len(text) - 2):
            pairs[text[i:i + 3]] += n
    rows = []
    for first in LETTERS:
        for second in LETTERS:
            total = sum(pairs[first + second + third] for third in LETTERS)
            row = ''
            for third in LETTERS:
                bits = -math.log2((pairs[first + second + third] + 0.3) / (total + 0.3 * len(LETTERS)))
                row += LEVELS[min(len(LEVELS) - 1, round(bits * 8))]
            rows.append(row)
    (a.out / 'judge.letters').write_text('\n'.join(rows) + '\n')
    print(f'{len(weight)} words, {min(WORDS, len(kept))} kept')


if __name__ == '__main__':
    main()
