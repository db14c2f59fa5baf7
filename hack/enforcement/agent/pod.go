package main

import (
	"fmt"
	"net"
	"runtime"
	"sync"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// The node's end of every veth, as Calico has it. Pods find it without asking: an ARP request that is
// lost, or answered late, would look like a policy that drops.
var (
	nodeMAC  = net.HardwareAddr{0xee, 0xee, 0xee, 0xee, 0xee, 0xee}
	gateway4 = net.IPv4(169, 254, 1, 1)
	gateway6 = net.ParseIP("fe80::ecee:eeff:feee:eeee")
)

// A pod is a network namespace, its link to the node, and what answers there.
type pod struct {
	name      string
	space     netns.NsHandle
	veth      string
	addresses []net.IP
	mutex     sync.Mutex
	closers   []func() error
}

func newPod(request Request) (*pod, error) {
	space, err := newSpace()
	if err != nil {
		return nil, err
	}
	made := &pod{name: request.Pod, space: space, veth: request.Veth}
	if request.Do == "outside" {
		err = made.linkOutside(request)
	} else {
		err = made.link(request)
	}
	if err != nil {
		made.close()
		return nil, err
	}
	return made, nil
}

// newSpace makes a network namespace that lives as long as its handle.
func newSpace() (netns.NsHandle, error) {
	type made struct {
		space netns.NsHandle
		err   error
	}
	done := make(chan made)
	go func() {
		// Never unlocked: the thread, which is in the new namespace, ends with this goroutine.
		runtime.LockOSThread()
		space, err := netns.New()
		done <- made{space, err}
	}()
	result := <-done
	return result.space, result.err
}

func (pod *pod) link(request Request) error {
	peer, end, err := pod.makeVeth()
	if err != nil {
		return err
	}
	defer peer.Close()
	for _, text := range request.Addresses {
		address := net.ParseIP(text)
		if address == nil {
			return fmt.Errorf("%q is no address", text)
		}
		if err := pod.addAddress(peer, end, address); err != nil {
			return fmt.Errorf("address %s: %w", text, err)
		}
		if err := pod.joinNode(address, end.Attrs().HardwareAddr, request.Routed); err != nil {
			return fmt.Errorf("the node's way to %s: %w", text, err)
		}
		pod.addresses = append(pod.addresses, address)
	}
	return nil
}

// makeVeth joins the pod to the node and answers with a handle on its namespace and its own end there.
func (pod *pod) makeVeth() (*netlink.Handle, netlink.Link, error) {
	attributes := netlink.NewLinkAttrs()
	attributes.Name = pod.veth
	attributes.HardwareAddr = nodeMAC
	veth := &netlink.Veth{
		LinkAttrs:     attributes,
		PeerName:      "eth0",
		PeerNamespace: netlink.NsFd(int(pod.space)),
	}
	if err := netlink.LinkAdd(veth); err != nil {
		return nil, nil, fmt.Errorf("link %s: %w", pod.veth, err)
	}
	peer, err := netlink.NewHandleAt(pod.space)
	if err != nil {
		return nil, nil, err
	}
	end, err := setUp(veth, peer)
	if err != nil {
		peer.Close()
		return nil, nil, err
	}
	return peer, end, nil
}

// setUp answers with the pod's end of its link.
func setUp(veth netlink.Link, peer *netlink.Handle) (netlink.Link, error) {
	loopback, err := peer.LinkByName("lo")
	if err != nil {
		return nil, err
	}
	end, err := peer.LinkByName("eth0")
	if err != nil {
		return nil, err
	}
	for _, up := range []func() error{
		func() error { return peer.LinkSetUp(loopback) },
		func() error { return peer.LinkSetUp(end) },
		func() error { return netlink.LinkSetUp(veth) },
	} {
		if err := up(); err != nil {
			return nil, err
		}
	}
	return end, nil
}

func (pod *pod) addAddress(peer *netlink.Handle, end netlink.Link, address net.IP) error {
	gateway := gateway6
	if address.To4() != nil {
		gateway = gateway4
	}
	own := &netlink.Addr{IPNet: single(address), Flags: unix.IFA_F_NODAD}
	if err := peer.AddrAdd(end, own); err != nil {
		return err
	}
	index := end.Attrs().Index
	if err := peer.NeighSet(neighbour(end, gateway, nodeMAC)); err != nil {
		return err
	}
	direct := &netlink.Route{LinkIndex: index, Dst: single(gateway), Scope: netlink.SCOPE_LINK}
	if err := peer.RouteReplace(direct); err != nil {
		return err
	}
	whole := &net.IPNet{IP: net.IPv6zero, Mask: net.CIDRMask(0, 128)}
	if address.To4() != nil {
		whole = &net.IPNet{IP: net.IPv4zero, Mask: net.CIDRMask(0, 32)}
	}
	return peer.RouteReplace(&netlink.Route{LinkIndex: index, Dst: whole, Gw: gateway})
}

// joinNode tells the node where the pod is: its neighbour, and the route unless the engine makes it.
func (pod *pod) joinNode(address net.IP, mac net.HardwareAddr, routed bool) error {
	veth, err := netlink.LinkByName(pod.veth)
	if err != nil {
		return err
	}
	if err := netlink.NeighSet(neighbour(veth, address, mac)); err != nil || !routed {
		return err
	}
	return netlink.RouteReplace(&netlink.Route{
		LinkIndex: veth.Attrs().Index, Dst: single(address), Scope: netlink.SCOPE_LINK,
	})
}

// linkOutside makes a network behind the node, to which the node sends whatever it knows no better way
// for, and the other way round.
func (pod *pod) linkOutside(request Request) error {
	peer, end, err := pod.makeVeth()
	if err != nil {
		return err
	}
	defer peer.Close()
	veth, err := netlink.LinkByName(pod.veth)
	if err != nil {
		return err
	}
	for _, text := range request.Gateways {
		address, err := addressOf(text)
		if err != nil {
			return err
		}
		if err := netlink.AddrAdd(veth, address); err != nil {
			return fmt.Errorf("%s: %w", text, err)
		}
	}
	for _, text := range request.Addresses {
		address, err := addressOf(text)
		if err != nil {
			return err
		}
		if err := peer.AddrAdd(end, address); err != nil {
			return fmt.Errorf("%s: %w", text, err)
		}
		if err := netlink.NeighSet(neighbour(veth, address.IP, end.Attrs().HardwareAddr)); err != nil {
			return fmt.Errorf("the node's way to %s: %w", text, err)
		}
		pod.addresses = append(pod.addresses, address.IP)
	}
	for _, text := range request.Gateways {
		gateway, _ := addressOf(text)
		if err := peer.NeighSet(neighbour(end, gateway.IP, nodeMAC)); err != nil {
			return fmt.Errorf("the way to %s: %w", text, err)
		}
		if err := peer.RouteReplace(through(end, gateway.IP)); err != nil {
			return fmt.Errorf("default by %s: %w", text, err)
		}
		for _, address := range pod.addresses {
			if gateway.Contains(address) {
				if err := netlink.RouteReplace(through(veth, address)); err != nil {
					return fmt.Errorf("default by %s: %w", address, err)
				}
				break
			}
		}
	}
	return nil
}

func addressOf(text string) (*netlink.Addr, error) {
	address, err := netlink.ParseAddr(text)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", text, err)
	}
	address.Flags = unix.IFA_F_NODAD
	return address, nil
}

func through(link netlink.Link, gateway net.IP) *netlink.Route {
	whole := &net.IPNet{IP: net.IPv6zero, Mask: net.CIDRMask(0, 128)}
	if gateway.To4() != nil {
		whole = &net.IPNet{IP: net.IPv4zero, Mask: net.CIDRMask(0, 32)}
	}
	return &netlink.Route{LinkIndex: link.Attrs().Index, Dst: whole, Gw: gateway}
}

// neighbour is known for good, so that nobody has to be asked where an address is.
func neighbour(link netlink.Link, address net.IP, mac net.HardwareAddr) *netlink.Neigh {
	return &netlink.Neigh{
		LinkIndex: link.Attrs().Index, IP: address, HardwareAddr: mac, State: netlink.NUD_PERMANENT,
	}
}

func single(address net.IP) *net.IPNet {
	if four := address.To4(); four != nil {
		return &net.IPNet{IP: four, Mask: net.CIDRMask(32, 32)}
	}
	return &net.IPNet{IP: address, Mask: net.CIDRMask(128, 128)}
}

// inside runs something on a thread that is in the pod's namespace: sockets belong to the namespace in
// which they are made.
func (pod *pod) inside(work func() error) error {
	runtime.LockOSThread()
	home, err := netns.Get()
	if err != nil {
		runtime.UnlockOSThread()
		return err
	}
	defer home.Close()
	if err := netns.Set(pod.space); err != nil {
		runtime.UnlockOSThread()
		return err
	}
	result := work()
	// A thread that cannot go home ends with its goroutine, locked as it is.
	if err := netns.Set(home); err == nil {
		runtime.UnlockOSThread()
	}
	return result
}

func (pod *pod) onClose(closer func() error) {
	pod.mutex.Lock()
	defer pod.mutex.Unlock()
	pod.closers = append(pod.closers, closer)
}

func (pod *pod) close() error {
	pod.mutex.Lock()
	defer pod.mutex.Unlock()
	for _, closer := range pod.closers {
		closer()
	}
	defer pod.space.Close()
	veth, err := netlink.LinkByName(pod.veth)
	if err != nil {
		// It went with the other end.
		return nil
	}
	return netlink.LinkDel(veth)
}
