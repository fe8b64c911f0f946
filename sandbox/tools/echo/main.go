// echo is the HTTP service and the HTTP client of the sandbox's pods and machines, and the pods' pause process:
// one static binary, so that it needs an image with nothing else in it.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

const usage = `usage:
  echo serve ADDRESS                                    answer any HTTP request with what was received
  echo call [-n COUNT] [-every DURATION] [-timeout DURATION] [-H 'NAME: VALUE']... URL
                                                        call URL, print one JSON line a call
  echo pause [ARGUMENT]...                              wait for SIGINT or SIGTERM, whatever else is said`

func main() {
	command, arguments := "", []string{}
	if len(os.Args) > 1 {
		command, arguments = os.Args[1], os.Args[2:]
	}
	var err error
	switch {
	case command == "serve" && len(arguments) == 1:
		err = serve(arguments[0])
	case command == "call":
		err = call(arguments, os.Stdout)
	case command == "pause":
		// In the place of a program that is told how to work, it takes what that one would be told.
		awaitSignal()
	default:
		fmt.Fprintln(os.Stderr, usage)
		os.Exit(2)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "echo %s: %v\n", command, err)
		os.Exit(1)
	}
}

func awaitSignal() {
	// As PID 1 of a pod or container, a process gets only the signals that it asks for.
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	<-signals
}
