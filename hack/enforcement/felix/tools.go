//go:build tools

package tools

import _ "github.com/projectcalico/calico/felix/cmd/calico-felix"
