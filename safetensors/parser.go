package safetensors

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// A parser reads the header token by token. json.Unmarshal would accept a key
// twice and ignore the case of keys.
type parser struct{ *json.Decoder }

// show prints a token on one line of limited length, whatever a file holds.
func show(token json.Token) string {
	switch token := token.(type) {
	case string:
		return fmt.Sprintf("%.40q", token)
	case json.Number:
		return fmt.Sprintf("%.40s", token)
	}
	return fmt.Sprint(token)
}

func (p parser) delim(want json.Delim) error {
	token, err := p.Token()
	if err == nil && token != want {
		err = fmt.Errorf("%s where '%v' belongs, at byte %d", show(token), want, p.InputOffset())
	}
	return err
}

func (p parser) text() (string, error) {
	token, err := p.Token()
	s, ok := token.(string)
	if err == nil && !ok {
		err = fmt.Errorf("%s where a string belongs, at byte %d", show(token), p.InputOffset())
	}
	return s, err
}

// object calls value for every key; value must consume the key's value.
func (p parser) object(value func(key string) error) error {
	if err := p.delim('{'); err != nil {
		return err
	}
	seen := make(map[string]bool)
	for p.More() {
		key, err := p.text()
		if err != nil {
			return err
		}
		if seen[key] {
			return fmt.Errorf("%.100q: appears twice", key)
		}
		seen[key] = true
		if err := value(key); err != nil {
			return fmt.Errorf("%.100q: %w", key, err)
		}
	}
	return p.delim('}')
}

func (p parser) strings() (map[string]string, error) {
	m := make(map[string]string)
	err := p.object(func(key string) (err error) {
		m[key], err = p.text()
		return err
	})
	return m, err
}

// sizes reads an array of whole numbers from 0 below 2^(width-1).
func (p parser) sizes(width, limit int) ([]int64, error) {
	if err := p.delim('['); err != nil {
		return nil, err
	}
	var list []int64
	for p.More() {
		token, err := p.Token()
		if err != nil {
			return nil, err
		}
		number, _ := token.(json.Number) // "" is no number either
		n, err := strconv.ParseUint(number.String(), 10, width-1)
		if err != nil {
			return nil, fmt.Errorf("%s is not a size, at byte %d", show(token), p.InputOffset())
		}
		if len(list) == limit {
			return nil, fmt.Errorf("more than %d numbers", limit)
		}
		list = append(list, int64(n))
	}
	return list, p.delim(']')
}

// entry reads one tensor. It must have exactly the three keys.
func (p parser) entry(e *entry) error {
	keys := 0
	err := p.object(func(key string) (err error) {
		keys++
		var list []int64
		switch key {
		case "dtype":
			e.dtype, err = p.text()
		case "shape":
			list, err = p.sizes(strconv.IntSize, maxRank)
			e.shape = make([]int, len(list))
			for i, n := range list {
				e.shape[i] = int(n)
			}
		case "data_offsets":
			if list, err = p.sizes(64, 2); err == nil && len(list) != 2 {
				err = fmt.Errorf("%d numbers, not a begin and an end", len(list))
			}
			if err == nil {
				e.begin, e.end = list[0], list[1]
			}
		default:
			err = errors.New("unknown key")
		}
		return err
	})
	if err == nil && keys != 3 {
		err = errors.New("dtype, shape and data_offsets do not all appear")
	}
	return err
}
