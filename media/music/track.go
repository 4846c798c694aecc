package music

// trackReader reads one track, which ends at the end of file or at an end mark.
type trackReader struct {
	score   *score // has the division of time
	file    []byte
	at      int
	track   int
	tick    int64
	port    uint16
	status  byte // of the last channel message: running status
	ended   bool // by an end mark
	events  []event
	remarks remarks
}

func (t *trackReader) read() error {
	for t.at < len(t.file) && !t.ended {
		delta, err := t.number()
		if err != nil {
			return err
		}
		t.tick += int64(delta)
		status, err := t.next()
		switch {
		case err != nil:
			return err
		case status == 0xff:
			if err := t.meta(); err != nil {
				return err
			}
		case status == 0xf0 || status == 0xf7:
			if _, err := t.bytes(); err != nil {
				return err
			}
		case status > 0xf0:
			if err := t.system(status); err != nil {
				return err
			}
		default:
			if status < 0x80 {
				t.at-- // it is data already
			} else {
				t.status = status
			}
			if err := t.message(); err != nil {
				return err
			}
		}
	}
	return nil
}

// system skips a system message, which belongs on a wire and not in a file. The
// sizes are those of MIDI 1.0: one data byte for 0xf1 and 0xf3, two for 0xf2,
// none for the others. 0xf4 and 0xf5 are not defined.
func (t *trackReader) system(status byte) error {
	size := 0
	switch status {
	case 0xf1, 0xf3:
		size = 1
	case 0xf2:
		size = 2
	case 0xf4, 0xf5:
		return damage(t.at-1, "status 0x%x is not defined", status)
	}
	for range size {
		if _, err := t.next(); err != nil {
			return err
		}
	}
	t.remarks.add(saidSystem)
	return nil
}

// meta reads the rest of a meta event.
func (t *trackReader) meta() error {
	name, err := t.next()
	if err != nil {
		return err
	}
	at := t.at
	data, err := t.bytes()
	if err != nil {
		return err
	}
	switch name {
	case 0x2f:
		t.ended = true
	case 0x21:
		if len(data) > 0 {
			t.port = uint16(data[0])
		}
	case 0x51:
		if t.score.frames() {
			t.remarks.add(saidFrames)
			break
		}
		if len(data) != 3 {
			t.remarks.add(saidTempoSize)
			if len(data) < 3 {
				break
			}
		}
		e := event{tick: t.tick, kind: tempo, tempo: uint32(data[0])<<16 | uint32(data[1])<<8 | uint32(data[2])}
		if e.tempo == 0 {
			return damage(at, "a tempo of 0 microseconds per quarter")
		}
		t.events = append(t.events, e)
	}
	return nil
}

// message reads the data of a channel message.
func (t *trackReader) message() error {
	if t.status == 0 {
		return damage(t.at, "a message begins with 0x%x, which is not a status", t.file[t.at])
	}
	name, channel := t.status>>4, t.status&0xf
	size := 2
	if name == 0xc || name == 0xd {
		size = 1
	}
	var data [2]byte
	clipped := false
	for i := range size {
		b, err := t.next()
		if err != nil {
			return err
		}
		clipped = clipped || b > 127
		data[i] = min(b, 127)
		if i == 0 && b > 127 && name == 0xb {
			name = 0 // no controller, and not that of number 127
		}
	}
	if clipped {
		t.remarks.add(saidClipped)
	}
	e := event{tick: t.tick, track: int32(t.track), channel: t.port<<4 | uint16(channel), key: data[0], value: data[1]}
	switch {
	case channel == percussion:
		if name == 0x9 && e.value > 0 {
			t.remarks.add(saidPercussion)
		}
		return nil
	case name == 0x9 && e.value > 0:
		e.kind = keyDown
	case name == 0x8 || name == 0x9:
		e.kind = keyUp
	case name == 0xb && e.key == 64:
		e.kind = pedal
	case name == 0xb && e.key == 120:
		e.kind = soundOff
	case name == 0xb && e.key == 121:
		e.kind = reset
	case name == 0xb && e.key >= 123:
		e.kind = notesOff
	default:
		return nil
	}
	t.events = append(t.events, e)
	return nil
}

func (t *trackReader) next() (byte, error) {
	if t.at == len(t.file) {
		return 0, damage(t.at, "track %d ends within an event", t.track+1)
	}
	t.at++
	return t.file[t.at-1], nil
}

// number reads a number of variable length: 7 bits per byte. The standard has
// at most four bytes; as others do, more are read, up to a value that cannot be
// meant.
func (t *trackReader) number() (int64, error) {
	const limit = 1 << 40
	n := int64(0)
	for i := 0; ; i++ {
		b, err := t.next()
		if err != nil {
			return 0, err
		}
		if n = n<<7 | int64(b&0x7f); n >= limit {
			return 0, damage(t.at, "a number of 2^40 or more")
		}
		if i == 4 {
			t.remarks.add(saidLongNumber)
		}
		if b < 0x80 {
			return n, nil
		}
	}
}

// bytes reads a length and that number of bytes.
func (t *trackReader) bytes() ([]byte, error) {
	n, err := t.number()
	if err != nil {
		return nil, err
	}
	if n > int64(len(t.file)-t.at) {
		return nil, damage(t.at, "an event has %d bytes, but track %d has %d left", n, t.track+1, len(t.file)-t.at)
	}
	t.at += int(n)
	return t.file[t.at-int(n) : t.at], nil
}
