package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// An Outcome is how one connection, or one look-up, ended.
type Outcome struct {
	// Ended is `open`, `refused` (the packet came through, and nobody listens), `dropped` (no answer in
	// time), or `failed`, with Why.
	Ended string `json:"ended,omitempty"`
	// By is the name of the pod that answered.
	By  string `json:"by,omitempty"`
	Why string `json:"why,omitempty"`
	// Addresses that a name has.
	Addresses    []string `json:"addresses,omitempty"`
	Milliseconds float64  `json:"milliseconds,omitempty"`
}

// Each dial that waits holds a thread.
var dialing = make(chan struct{}, 400)

func (pod *pod) dial(request Request) *Outcome {
	dialing <- struct{}{}
	defer func() { <-dialing }()
	began := time.Now()
	address := net.JoinHostPort(request.Address, strconv.Itoa(request.Port))
	wait := time.Duration(request.Milliseconds) * time.Millisecond
	var by string
	err := pod.inside(func() error {
		dialer := net.Dialer{Timeout: wait, LocalAddr: sourceOf(request)}
		connection, err := dialer.Dial(request.Protocol, address)
		if err != nil {
			return err
		}
		defer connection.Close()
		connection.SetDeadline(began.Add(wait))
		by, err = ask(connection, wait)
		return err
	})
	outcome := ended(err)
	outcome.By = by
	outcome.Milliseconds = float64(time.Since(began).Microseconds()) / 1000
	return outcome
}

func sourceOf(request Request) net.Addr {
	source := net.ParseIP(request.Source)
	switch {
	case source == nil:
		return nil
	case request.Protocol == "udp":
		return &net.UDPAddr{IP: source}
	default:
		return &net.TCPAddr{IP: source}
	}
}

// ask learns who is at the other end.
func ask(connection net.Conn, wait time.Duration) (string, error) {
	if stream, ok := connection.(*net.TCPConn); ok {
		// Thousands of connections would stay in TIME_WAIT.
		stream.SetLinger(0)
		name, err := io.ReadAll(stream)
		return string(name), err
	}
	reply, err := askDatagram(connection, []byte("?"), wait)
	return string(reply), err
}

const datagrams = 3

// askDatagram asks again: a datagram may be lost without anybody having dropped it.
func askDatagram(connection net.Conn, question []byte, wait time.Duration) ([]byte, error) {
	buffer := make([]byte, 1500)
	last := time.Now().Add(wait)
	for try := 1; ; try++ {
		if _, err := connection.Write(question); err != nil {
			return nil, err
		}
		deadline := time.Now().Add(wait / datagrams)
		if try == datagrams || deadline.After(last) {
			deadline = last
		}
		connection.SetReadDeadline(deadline)
		length, err := connection.Read(buffer)
		if err == nil {
			return buffer[:length], nil
		}
		var slow net.Error
		if !errors.As(err, &slow) || !slow.Timeout() || try == datagrams {
			return nil, err
		}
	}
}

func ended(err error) *Outcome {
	var slow net.Error
	switch {
	case err == nil:
		return &Outcome{Ended: "open"}
	case errors.Is(err, syscall.ECONNREFUSED):
		return &Outcome{Ended: "refused"}
	case errors.As(err, &slow) && slow.Timeout():
		return &Outcome{Ended: "dropped"}
	default:
		return &Outcome{Ended: "failed", Why: err.Error()}
	}
}

// listen answers on a port of each of the pod's addresses with the pod's name.
func (pod *pod) listen(protocol string, port int) error {
	return pod.inside(func() error {
		for _, address := range pod.addresses {
			where := net.JoinHostPort(address.String(), strconv.Itoa(port))
			if err := pod.listenAt(protocol, where); err != nil {
				return err
			}
		}
		return nil
	})
}

func (pod *pod) listenAt(protocol, where string) error {
	switch protocol {
	case "tcp":
		listener, err := net.Listen("tcp", where)
		if err != nil {
			return err
		}
		pod.onClose(listener.Close)
		go pod.accept(listener)
	case "udp":
		packets, err := net.ListenPacket("udp", where)
		if err != nil {
			return err
		}
		pod.onClose(packets.Close)
		go pod.reply(packets)
	default:
		return fmt.Errorf("%q is no protocol here", protocol)
	}
	return nil
}

func (pod *pod) accept(listener net.Listener) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			defer connection.Close()
			connection.SetDeadline(time.Now().Add(5 * time.Second))
			io.WriteString(connection, pod.name)
		}()
	}
}

func (pod *pod) reply(packets net.PacketConn) {
	buffer := make([]byte, 1500)
	for {
		_, from, err := packets.ReadFrom(buffer)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil {
			packets.WriteTo([]byte(pod.name), from)
		}
	}
}

// names are what the DNS server knows: addresses by name, without the last dot.
type names struct {
	mutex sync.RWMutex
	known map[string][]string
}

func (names *names) set(known map[string][]string) {
	names.mutex.Lock()
	defer names.mutex.Unlock()
	names.known = known
}

func (names *names) of(name string) ([]string, bool) {
	names.mutex.RLock()
	defer names.mutex.RUnlock()
	found, ok := names.known[strings.ToLower(strings.TrimSuffix(name, "."))]
	return found, ok
}
