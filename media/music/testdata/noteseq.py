"""Writes noteseq.json: what Magenta's note-seq makes of random performances.

    pip install note-seq==0.0.5 mido==1.3.3 protobuf==7.36.2
    python noteseq.py > noteseq.json

encode: MIDI files (base64) and their events. They stay where this project and
note-seq have the same rules: all that happens in one step of 10 ms happens at
one instant, and a key is up before it is struck again.
decode: events in any order and the notes [pitch, start, end, velocity] that
they give, in steps.
"""

import base64
import io
import json
import random

import mido
from note_seq import midi_io, performance_lib, sequences_lib
from note_seq.performance_lib import PerformanceEvent as Event

KINDS = [(Event.NOTE_ON, 0, 0), (Event.NOTE_OFF, 128, 0), (Event.TIME_SHIFT, 256, 1), (Event.VELOCITY, 356, 1)]


def event(i):
    kind, first, low = [k for k in KINDS if k[1] <= i][-1]
    return Event(kind, i - first + low)


def number(e):
    (first, low), = [k[1:] for k in KINDS if k[0] == e.event_type]
    return first + e.event_value - low


def perform(r, pedal, tempos):
    """A MIDI file of two tracks: tempo, and one piano."""
    f = mido.MidiFile(type=1, ticks_per_beat=r.choice([96, 384, 480]))
    conductor, piano = mido.MidiTrack(), mido.MidiTrack()
    f.tracks += [conductor, piano]
    # Ticks of 1.04 ms or so; tempos change every 50 ticks.
    tempo = 500000 * f.ticks_per_beat // 480
    for i in range(tempos + 1):
        conductor.append(mido.MetaMessage('set_tempo', tempo=tempo + 1000 * (i % 3), time=50 * (i > 0)))
    free, last, step = {}, 0, 0
    messages = []
    for _ in range(120):
        step += r.choice([0, 0, 1, 2, 7, 30, r.randrange(400)])
        pitch = r.randrange(21, 109)
        if free.get(pitch, 0) > step:
            continue
        end = step + r.choice([1, 3, 20, 130])
        free[pitch] = end
        messages += [(step, 'note_on', pitch, r.randrange(1, 128)), (end, 'note_off', pitch, 0)]
    for i in range(40 if pedal else 0):
        messages.append((r.randrange(step), 'pedal', 64, r.randrange(128)))
    # At one instant: pedal, then ends, then onsets. One pedal event at most.
    order = {'pedal': 0, 'note_off': 1, 'note_on': 2}
    messages.sort(key=lambda m: (m[0], order[m[1]], m[2]))
    pressed = set()
    for at, kind, a, b in messages:
        if kind == 'pedal' and at in pressed:
            continue
        pressed |= {at} if kind == 'pedal' else set()
        tick = round(at * 9.6) + at % 3 - 1 if at else 0
        if kind == 'pedal':
            m = mido.Message('control_change', control=a, value=b)
        else:
            m = mido.Message(kind, note=a, velocity=b)
        m.time = tick - last
        last = tick
        piano.append(m)
    out = io.BytesIO()
    f.save(file=out)
    return out.getvalue()


def encode(data):
    s = midi_io.midi_to_note_sequence(data)
    s = sequences_lib.apply_sustain_control_changes(s)
    s = sequences_lib.quantize_note_sequence_absolute(s, 100)
    return [number(e) for e in performance_lib.Performance(s, num_velocity_bins=32)]


def decode(events):
    p = performance_lib.Performance(steps_per_second=100, num_velocity_bins=32)
    for i in events:
        p.append(event(i))
    notes = p.to_sequence(velocity=61).notes
    return sorted([n.pitch, round(n.start_time * 100), round(n.end_time * 100), n.velocity] for n in notes)


def main():
    r = random.Random(1)
    files = [perform(r, pedal, tempos) for pedal, tempos in [(False, 0), (True, 0), (False, 90), (True, 90)]]
    lists = [[r.choice([r.randrange(60, 64), r.randrange(188, 192), r.randrange(256, 260), r.randrange(388)])
              for _ in range(150)] for _ in range(4)]
    print(json.dumps({
        'encode': [{'midi': base64.b64encode(f).decode(), 'events': encode(f)} for f in files],
        'decode': [{'events': l, 'notes': decode(l)} for l in lists],
    }, separators=(',', ':')))


main()
