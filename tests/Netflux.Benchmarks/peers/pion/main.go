// A peer over pion, told what to do by commands; ../README.md has their list.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"runtime/debug"
	"sort"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/webrtc/v3"
)

// The sender keeps at most this much in the stack's buffer, and fills it up again when it falls below the second number.
const (
	buffered    = 1 << 20
	bufferedLow = 1 << 18
)

type command struct {
	T       string
	ID      string
	Type    string
	SDP     string
	C       *webrtc.ICECandidateInit
	Mode    string
	Size    int
	N       int
	Text    bool
	Label   *string
	Channel *channelInit
	Config  *configuration
}

type channelInit struct {
	Label             string
	Protocol          *string
	Ordered           *bool
	MaxRetransmits    *uint16
	MaxPacketLifeTime *uint16
	Negotiated        *bool
	ID                *uint16
}

type configuration struct {
	ICEServers         []struct{ URLs, Username, Credential string }
	ICETransportPolicy string
}

type event map[string]interface{}

var (
	started     = time.Now()
	output      sync.Mutex
	lines       = json.NewEncoder(os.Stdout)
	connections = map[string]*connection{}
)

func emit(e event) {
	output.Lock()
	defer output.Unlock()
	_ = lines.Encode(e)
}

func fail(id string, err error) {
	if err != nil {
		emit(event{"ev": "error", "id": id, "msg": err.Error()})
	}
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

type connection struct {
	id        string
	pc        *webrtc.PeerConnection
	offeredAt time.Time
	early     []webrtc.ICECandidateInit
	work      chan func()
	end       sync.Once

	lock     sync.Mutex
	first    *channel
	channels map[string]*channel
}

type channel struct {
	c       *connection
	dc      *webrtc.DataChannel
	isFirst bool
	echoes  atomic.Bool
	bytes   atomic.Int64
	msgs    atomic.Int64
	sending atomic.Int64 // the number of the sending that goes on, 0: none
	low     chan struct{}

	lock   sync.Mutex
	onEcho func(webrtc.DataChannelMessage)
}

func newConnection(id string, config *configuration) (*connection, error) {
	rtc := webrtc.Configuration{}
	if config != nil {
		for _, server := range config.ICEServers {
			rtc.ICEServers = append(rtc.ICEServers, webrtc.ICEServer{URLs: []string{server.URLs}, Username: server.Username, Credential: server.Credential})
		}
		if config.ICETransportPolicy == "relay" {
			rtc.ICETransportPolicy = webrtc.ICETransportPolicyRelay
		}
	}
	pc, err := webrtc.NewPeerConnection(rtc)
	if err != nil {
		return nil, err
	}
	c := &connection{id: id, pc: pc, work: make(chan func(), 1000), channels: map[string]*channel{}}
	connections[id] = c
	pc.OnICECandidate(func(candidate *webrtc.ICECandidate) {
		if candidate != nil {
			// After the description, which the work before this sends.
			c.work <- func() { emit(event{"ev": "cand", "id": id, "c": candidate.ToJSON()}) }
		}
	})
	pc.OnDataChannel(func(dc *webrtc.DataChannel) { c.adopt(dc, false) })
	pc.OnConnectionStateChange(func(state webrtc.PeerConnectionState) {
		emit(event{"ev": "state", "id": id, "state": state.String()})
		if state == webrtc.PeerConnectionStateFailed || state == webrtc.PeerConnectionStateClosed {
			c.closed()
		}
	})
	go func() {
		for work := range c.work {
			work()
		}
	}()
	return c, nil
}

func (c *connection) closed() { c.end.Do(func() { emit(event{"ev": "closed", "id": c.id}) }) }

// The first channel of a connection is the one that commands without a label mean.
func (c *connection) adopt(dc *webrtc.DataChannel, isOurs bool) {
	c.lock.Lock()
	ch := &channel{c: c, dc: dc, isFirst: c.first == nil, low: make(chan struct{}, 1)}
	if ch.isFirst {
		c.first = ch
	}
	c.channels[dc.Label()] = ch
	c.lock.Unlock()

	dc.SetBufferedAmountLowThreshold(bufferedLow)
	dc.OnBufferedAmountLow(func() {
		select {
		case ch.low <- struct{}{}:
		default:
		}
	})
	dc.OnMessage(ch.received)
	dc.OnClose(func() {
		ch.sending.Store(0)
		c.lock.Lock()
		if c.channels[dc.Label()] == ch {
			delete(c.channels, dc.Label())
		}
		c.lock.Unlock()
		emit(event{"ev": "channelclosed", "id": c.id, "label": dc.Label()})
		if ch.isFirst {
			c.closed()
		}
	})
	dc.OnOpen(func() {
		if ch.isFirst && isOurs {
			emit(event{"ev": "open", "id": c.id, "ms": milliseconds(time.Since(c.offeredAt))})
		} else if ch.isFirst {
			emit(event{"ev": "opened", "id": c.id})
		}
		emit(event{
			"ev": "channel", "id": c.id, "label": dc.Label(), "protocol": dc.Protocol(), "ordered": dc.Ordered(),
			"maxRetransmits": dc.MaxRetransmits(), "maxPacketLifeTime": dc.MaxPacketLifeTime(),
		})
	})
}

func (ch *channel) received(message webrtc.DataChannelMessage) {
	ch.msgs.Add(1)
	ch.bytes.Add(int64(len(message.Data)))
	ch.lock.Lock()
	onEcho := ch.onEcho
	ch.lock.Unlock()
	switch {
	case onEcho != nil:
		onEcho(message)
	case ch.echoes.Load():
		fail(ch.c.id, ch.say(message.Data, message.IsString))
	}
}

func (ch *channel) say(data []byte, isText bool) error {
	if isText {
		return ch.dc.SendText(string(data))
	}
	return ch.dc.Send(data)
}

var sendings atomic.Int64

func (ch *channel) send(size int) {
	payload := make([]byte, size)
	sending := sendings.Add(1)
	ch.sending.Store(sending)
	for ch.sending.Load() == sending {
		if ch.dc.BufferedAmount()+uint64(size) > buffered {
			select {
			case <-ch.low:
			case <-time.After(50 * time.Millisecond):
			}
			continue
		}
		if err := ch.dc.Send(payload); err != nil {
			fail(ch.c.id, err)
			return
		}
	}
}

func (ch *channel) ping(n, size int, isText bool) {
	trips, err := ch.exchange(n, size, isText)
	if err != nil {
		fail(ch.c.id, err)
		return
	}
	sum := 0.0
	for _, trip := range trips {
		sum += trip
	}
	sort.Float64s(trips)
	at := func(percent int) float64 { return trips[n*percent/100] }
	emit(event{"ev": "ping", "id": ch.c.id, "p50": at(50), "p99": at(99), "mean": sum / float64(n), "n": n})
}

// One message at a time, each when the echo of the one before it has come; an echo that differs is an error. The round trips, in microseconds.
// It hears no more when it returns, so before anybody is told: the echoes that come then are those of the next.
func (ch *channel) exchange(n, size int, isText bool) ([]float64, error) {
	type echo struct {
		webrtc.DataChannelMessage
		at time.Time
	}
	echoes := make(chan echo, 1)
	hear := func(onEcho func(webrtc.DataChannelMessage)) {
		ch.lock.Lock()
		ch.onEcho = onEcho
		ch.lock.Unlock()
	}
	hear(func(message webrtc.DataChannelMessage) { echoes <- echo{message, time.Now()} })
	defer hear(nil)
	trips := make([]float64, n)
	for i := range trips {
		message := make([]byte, size)
		for at := range message {
			if isText {
				message[at] = byte(32 + (at+i)%95)
			} else {
				message[at] = byte(at*7 + i)
			}
		}
		sentAt := time.Now()
		if err := ch.say(message, isText); err != nil {
			return nil, err
		}
		back := <-echoes
		trips[i] = float64(back.at.Sub(sentAt)) / float64(time.Microsecond)
		if back.IsString != isText || !bytes.Equal(back.Data, message) {
			return nil, fmt.Errorf("the echo of message %d differs from it", i)
		}
	}
	return trips, nil
}

func (c *connection) offer(options *webrtc.OfferOptions) error {
	if c.offeredAt.IsZero() {
		c.offeredAt = time.Now()
	}
	offer, err := c.pc.CreateOffer(options)
	if err != nil {
		return err
	}
	if err = c.pc.SetLocalDescription(offer); err == nil {
		emit(event{"ev": "desc", "id": c.id, "type": "offer", "sdp": c.pc.LocalDescription().SDP})
	}
	return err
}

func (c *connection) describe(m command) error {
	err := c.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.NewSDPType(m.Type), SDP: m.SDP})
	if err != nil {
		return err
	}
	if m.Type == "offer" {
		answer, err := c.pc.CreateAnswer(nil)
		if err != nil {
			return err
		}
		if err = c.pc.SetLocalDescription(answer); err != nil {
			return err
		}
		emit(event{"ev": "desc", "id": c.id, "type": "answer", "sdp": c.pc.LocalDescription().SDP})
	}
	for _, candidate := range c.early {
		fail(c.id, c.pc.AddICECandidate(candidate))
	}
	c.early = nil
	return nil
}

func (c *connection) candidate(m command) error {
	if c.pc.RemoteDescription() == nil {
		c.early = append(c.early, *m.C)
		return nil
	}
	return c.pc.AddICECandidate(*m.C)
}

func (c *connection) create(init *channelInit) error {
	if init == nil {
		init = &channelInit{Label: "bench"}
	}
	dc, err := c.pc.CreateDataChannel(init.Label, &webrtc.DataChannelInit{
		Ordered: init.Ordered, MaxRetransmits: init.MaxRetransmits, MaxPacketLifeTime: init.MaxPacketLifeTime,
		Protocol: init.Protocol, Negotiated: init.Negotiated, ID: init.ID,
	})
	if err == nil {
		c.adopt(dc, true)
	}
	return err
}

func (c *connection) channel(label *string) *channel {
	c.lock.Lock()
	defer c.lock.Unlock()
	if label == nil {
		return c.first
	}
	return c.channels[*label]
}

func handle(m command) error {
	c := connections[m.ID]
	var err error
	switch m.T {
	case "connect":
		if c, err = newConnection(m.ID, m.Config); err != nil {
			return err
		}
		c.work <- func() {
			fail(m.ID, c.create(m.Channel))
			fail(m.ID, c.offer(nil))
		}
		return nil
	case "desc":
		if c == nil {
			if c, err = newConnection(m.ID, m.Config); err != nil {
				return err
			}
		}
		c.work <- func() { fail(m.ID, c.describe(m)) }
		return nil
	case "gc":
		debug.FreeOSMemory()
		emit(event{"ev": "gc"})
		return nil
	}
	if c == nil {
		if m.T == "cand" {
			return nil
		}
		return fmt.Errorf("no connection %s", m.ID)
	}
	switch m.T {
	case "cand":
		c.work <- func() { fail(m.ID, c.candidate(m)) }
		return nil
	case "channel":
		return c.create(m.Channel)
	case "restart":
		c.work <- func() { fail(m.ID, c.offer(&webrtc.OfferOptions{ICERestart: true})) }
		return nil
	case "close":
		err = c.pc.Close()
		c.closed()
		delete(connections, m.ID)
		return err
	}
	ch := c.channel(m.Label)
	if ch == nil {
		return fmt.Errorf("no such channel on connection %s", m.ID)
	}
	switch m.T {
	case "mode":
		ch.echoes.Store(m.Mode == "echo")
		emit(event{"ev": "mode", "id": m.ID})
	case "send":
		go ch.send(m.Size)
	case "stop":
		ch.sending.Store(0)
	case "stat":
		emit(event{"ev": "stat", "id": m.ID, "t": time.Since(started).Seconds(), "bytes": ch.bytes.Load(), "msgs": ch.msgs.Load()})
	case "ping":
		go ch.ping(m.N, m.Size, m.Text)
	case "closechannel":
		err = ch.dc.Close()
	default:
		err = fmt.Errorf("unknown command %s", m.T)
	}
	return err
}

func main() {
	emit(event{"ev": "ready"})
	input := bufio.NewReader(os.Stdin)
	for {
		line, err := input.ReadBytes('\n')
		if err != nil {
			return
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var m command
		if err := json.Unmarshal(line, &m); err != nil {
			fail("", err)
			continue
		}
		if m.T == "exit" {
			return
		}
		fail(m.ID, handle(m))
	}
}
