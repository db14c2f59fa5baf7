package main

import (
	"errors"
	"net"
	"strings"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// serveNames answers DNS questions on UDP port 53 of the pod.
func (pod *pod) serveNames(names *names) error {
	return pod.inside(func() error {
		for _, address := range pod.addresses {
			packets, err := net.ListenPacket("udp", net.JoinHostPort(address.String(), "53"))
			if err != nil {
				return err
			}
			pod.onClose(packets.Close)
			go answerAll(packets, names)
		}
		return nil
	})
}

func answerAll(packets net.PacketConn, names *names) {
	buffer := make([]byte, 1500)
	for {
		length, from, err := packets.ReadFrom(buffer)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue
		}
		if reply, err := answerOne(buffer[:length], names); err == nil {
			packets.WriteTo(reply, from)
		}
	}
}

func answerOne(packet []byte, names *names) ([]byte, error) {
	var parser dnsmessage.Parser
	header, err := parser.Start(packet)
	if err != nil {
		return nil, err
	}
	question, err := parser.Question()
	if err != nil {
		return nil, err
	}
	addresses, known := names.of(question.Name.String())
	reply := dnsmessage.Header{ID: header.ID, Response: true, Authoritative: true}
	if !known {
		reply.RCode = dnsmessage.RCodeNameError
	}
	builder := dnsmessage.NewBuilder(nil, reply)
	if err := builder.StartQuestions(); err != nil {
		return nil, err
	}
	if err := builder.Question(question); err != nil {
		return nil, err
	}
	if err := builder.StartAnswers(); err != nil {
		return nil, err
	}
	for _, text := range addresses {
		if err := addAddress(&builder, question, net.ParseIP(text)); err != nil {
			return nil, err
		}
	}
	return builder.Finish()
}

func addAddress(builder *dnsmessage.Builder, question dnsmessage.Question, address net.IP) error {
	head := dnsmessage.ResourceHeader{Name: question.Name, Class: dnsmessage.ClassINET, TTL: 1}
	four := address.To4()
	switch {
	case question.Type == dnsmessage.TypeA && four != nil:
		return builder.AResource(head, dnsmessage.AResource{A: [4]byte(four)})
	case question.Type == dnsmessage.TypeAAAA && four == nil:
		return builder.AAAAResource(head, dnsmessage.AAAAResource{AAAA: [16]byte(address)})
	}
	return nil
}

// resolve asks a DNS server for the addresses of a name, of either family.
func (pod *pod) resolve(request Request) *Outcome {
	dialing <- struct{}{}
	defer func() { <-dialing }()
	began := time.Now()
	var found []string
	var failure error
	for _, kind := range []dnsmessage.Type{dnsmessage.TypeA, dnsmessage.TypeAAAA} {
		var some []string
		if some, failure = pod.lookUp(request, kind); failure != nil {
			break
		}
		found = append(found, some...)
	}
	outcome := ended(failure)
	outcome.Addresses = found
	outcome.Milliseconds = float64(time.Since(began).Microseconds()) / 1000
	return outcome
}

func (pod *pod) lookUp(request Request, kind dnsmessage.Type) ([]string, error) {
	name, err := dnsmessage.NewName(strings.TrimSuffix(request.Name, ".") + ".")
	if err != nil {
		return nil, err
	}
	query := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: uint16(request.ID), RecursionDesired: true},
		Questions: []dnsmessage.Question{{Name: name, Type: kind, Class: dnsmessage.ClassINET}},
	}
	packet, err := query.Pack()
	if err != nil {
		return nil, err
	}
	wait := time.Duration(request.Milliseconds) * time.Millisecond
	var reply []byte
	err = pod.inside(func() error {
		server := net.JoinHostPort(request.Address, "53")
		connection, err := net.DialTimeout("udp", server, wait)
		if err != nil {
			return err
		}
		defer connection.Close()
		reply, err = askDatagram(connection, packet, wait)
		return err
	})
	if err != nil {
		return nil, err
	}
	return addressesIn(reply)
}

func addressesIn(packet []byte) ([]string, error) {
	var reply dnsmessage.Message
	if err := reply.Unpack(packet); err != nil {
		return nil, err
	}
	if reply.RCode != dnsmessage.RCodeSuccess {
		return nil, errors.New(reply.RCode.String())
	}
	var found []string
	for _, answer := range reply.Answers {
		switch body := answer.Body.(type) {
		case *dnsmessage.AResource:
			found = append(found, net.IP(body.A[:]).String())
		case *dnsmessage.AAAAResource:
			found = append(found, net.IP(body.AAAA[:]).String())
		}
	}
	return found, nil
}
