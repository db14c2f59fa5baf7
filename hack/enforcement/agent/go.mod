module appconnectivity/hack/enforcement/agent

go 1.25.0

require (
	github.com/vishvananda/netlink v1.3.2-0.20251022194116-03b8f90390d9
	github.com/vishvananda/netns v0.0.5
	golang.org/x/net v0.57.0
	golang.org/x/sys v0.47.0
)
