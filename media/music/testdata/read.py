"""Prints the notes of MIDI files as mido reads them: a JSON list for each file.

A note is [pitch, start, end, velocity], times in milliseconds.
"""

import collections
import json
import sys

import mido

for path in sys.argv[1:]:
    notes, down, now = [], collections.defaultdict(list), 0.0
    for m in mido.MidiFile(path):
        now += m.time
        if m.type == 'note_on' and m.velocity:
            down[m.note].append((now, m.velocity))
        elif m.type in ('note_on', 'note_off'):
            start, velocity = down[m.note].pop(0)
            notes.append([m.note, round(1000 * start), round(1000 * now), velocity])
    assert not any(down.values()), 'a note has no end'
    print(json.dumps(sorted(notes)))
