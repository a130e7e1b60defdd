package model_test

import "flag"

// Properties are drawn alike in every run, so that a red run is never luck; make
// explore draws anew.
func init() { _ = flag.Set("rapid.seed", "20261123") }
