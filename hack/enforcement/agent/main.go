// Command agent is the network of pods that nobody runs: for each it makes a network namespace and a
// veth, answers on its ports, and opens connections from it. One process does so for all of them.
//
// It reads requests and writes answers, a JSON object a line, on stdin and stdout. Namespaces are held
// by file descriptors alone, so that they and their links are gone when this process is, however it
// ends. It has to run in a network namespace of its own, which is the node.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
)

// A Request asks for one thing; which fields it needs depends on Do.
type Request struct {
	ID int    `json:"id"`
	Do string `json:"do"`
	// Pod is `namespace/name`, or the name of whatever stands outside.
	Pod string `json:"pod"`
	// Veth is the name of the node's end of the pod's link.
	Veth string `json:"veth"`
	// Addresses of the pod: at most one of each family. Of outside any number, each with its prefix.
	Addresses []string `json:"addresses"`
	// Gateways are the node's own addresses on the link to outside, with their prefixes.
	Gateways []string `json:"gateways"`
	// Routed tells the node to route the pod's addresses to it; some engines do so themselves.
	Routed   bool   `json:"routed"`
	Protocol string `json:"protocol"`
	Port     int    `json:"port"`
	// Source is which of its addresses a pod dials from; empty: whichever the kernel takes.
	Source       string              `json:"source"`
	Address      string              `json:"address"`
	Name         string              `json:"name"`
	Milliseconds int                 `json:"milliseconds"`
	Names        map[string][]string `json:"names"`
}

// An Answer tells how a request ended. Error is set where it could not be done at all.
type Answer struct {
	ID    int    `json:"id"`
	Error string `json:"error,omitempty"`
	*Outcome
}

func main() {
	agent := &agent{pods: map[string]*pod{}}
	out := json.NewEncoder(os.Stdout)
	var writing sync.Mutex
	answer := func(id int, outcome *Outcome, err error) {
		writing.Lock()
		defer writing.Unlock()
		said := Answer{ID: id, Outcome: outcome}
		if err != nil {
			said.Error = err.Error()
		}
		// Nobody is left to be told where nobody reads.
		if out.Encode(said) != nil {
			os.Exit(0)
		}
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var request Request
		if err := json.Unmarshal(lines.Bytes(), &request); err != nil {
			fmt.Fprintln(os.Stderr, "agent: a request is no JSON:", err)
			os.Exit(1)
		}
		go func() {
			outcome, err := agent.do(request)
			answer(request.ID, outcome, err)
		}()
	}
	if err := lines.Err(); err != nil {
		fmt.Fprintln(os.Stderr, "agent: a request cannot be read:", err)
		os.Exit(1)
	}
}

// An agent knows the pods that it has made.
type agent struct {
	making sync.Mutex
	mutex  sync.RWMutex
	pods   map[string]*pod
	names  names
}

func (agent *agent) do(request Request) (*Outcome, error) {
	switch request.Do {
	case "pod", "outside":
		return nil, agent.add(request)
	case "remove":
		return nil, agent.remove(request.Pod)
	case "names":
		agent.names.set(request.Names)
		return nil, nil
	}
	pod, err := agent.find(request.Pod)
	if err != nil {
		return nil, err
	}
	switch request.Do {
	case "listen":
		return nil, pod.listen(request.Protocol, request.Port)
	case "dns":
		return nil, pod.serveNames(&agent.names)
	case "dial":
		return pod.dial(request), nil
	case "resolve":
		return pod.resolve(request), nil
	}
	return nil, fmt.Errorf("%q is nothing that the agent does", request.Do)
}

func (agent *agent) find(name string) (*pod, error) {
	agent.mutex.RLock()
	defer agent.mutex.RUnlock()
	if found, ok := agent.pods[name]; ok {
		return found, nil
	}
	return nil, fmt.Errorf("there is no pod %q", name)
}

func (agent *agent) add(request Request) error {
	// Pods are made one after another, so that none gets what is another's.
	agent.making.Lock()
	defer agent.making.Unlock()
	if err := agent.refuse(request); err != nil {
		return err
	}
	made, err := newPod(request)
	if err != nil {
		return fmt.Errorf("%s: %w", request.Pod, err)
	}
	agent.mutex.Lock()
	defer agent.mutex.Unlock()
	agent.pods[request.Pod] = made
	return nil
}

// refuse says what of a request is somebody else's.
func (agent *agent) refuse(request Request) error {
	agent.mutex.RLock()
	defer agent.mutex.RUnlock()
	if _, taken := agent.pods[request.Pod]; taken {
		return fmt.Errorf("there is a pod %q already", request.Pod)
	}
	if len(request.Addresses) == 0 {
		return errors.New("a pod without an address cannot be reached; give it one")
	}
	for _, other := range agent.pods {
		for _, address := range other.addresses {
			if slices.Contains(request.Addresses, address.String()) {
				return fmt.Errorf("%s has the address %s already", other.name, address)
			}
		}
	}
	return nil
}

func (agent *agent) remove(name string) error {
	found, err := agent.find(name)
	if err != nil {
		return err
	}
	agent.mutex.Lock()
	delete(agent.pods, name)
	agent.mutex.Unlock()
	return found.close()
}
