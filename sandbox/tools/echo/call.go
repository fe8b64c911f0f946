package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// outcome is one call's line of output. Body is the answer's JSON, or its text as a JSON string; Error is empty where
// an answer came, whatever its status.
type outcome struct {
	Status       int     `json:"status"`
	Server       string  `json:"server"`
	Body         any     `json:"body"`
	Error        string  `json:"error"`
	Milliseconds float64 `json:"milliseconds"`
}

// headerFlags collects repeated -H 'NAME: VALUE'.
type headerFlags http.Header

func (h headerFlags) String() string { return "" }

func (h headerFlags) Set(line string) error {
	name, value, found := strings.Cut(line, ":")
	if !found || strings.TrimSpace(name) == "" {
		return fmt.Errorf("%q is not of the form 'NAME: VALUE'", line)
	}
	http.Header(h).Add(strings.TrimSpace(name), strings.TrimSpace(value))
	return nil
}

// call makes the calls that its arguments ask for and writes one JSON line for each as soon as it is over. It fails
// if any call got no answer or a status of 400 or more.
func call(arguments []string, out io.Writer) error {
	flags := flag.NewFlagSet("call", flag.ContinueOnError)
	count := flags.Int("n", 1, "how many calls to make")
	every := flags.Duration("every", 0, "time from one call's start to the next's; a slow call delays the next")
	timeout := flags.Duration("timeout", 5*time.Second, "limit of one call")
	headers := headerFlags{}
	flags.Var(headers, "H", "a request header, 'NAME: VALUE'; may be repeated")
	url, err := oneArgumentAmong(flags, arguments)
	if err != nil {
		return err
	}
	client := &http.Client{
		Timeout: *timeout,
		// Each call is a connection of its own, so that each is decided anew by routing and policy. The proxy
		// settings of the environment are for other destinations than a mesh's services.
		Transport:     &http.Transport{DisableKeepAlives: true, Proxy: nil},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false)
	failures := 0
	next := time.Now()
	for made := 0; made < *count; made++ {
		time.Sleep(time.Until(next))
		next = time.Now().Add(*every)
		result := callOnce(client, url, http.Header(headers))
		if result.Error != "" || result.Status >= http.StatusBadRequest {
			failures++
		}
		if err := lines.Encode(result); err != nil {
			return err
		}
	}
	if failures > 0 {
		return fmt.Errorf("%d of %d calls of %s failed", failures, *count, url)
	}
	return nil
}

// oneArgumentAmong parses flags that may stand before and after the one argument, which is the URL.
func oneArgumentAmong(flags *flag.FlagSet, arguments []string) (string, error) {
	if err := flags.Parse(arguments); err != nil {
		return "", err
	}
	if flags.NArg() == 0 {
		return "", errors.New("the URL to call is missing")
	}
	url := flags.Arg(0)
	if err := flags.Parse(flags.Args()[1:]); err != nil {
		return "", err
	}
	if flags.NArg() > 0 {
		return "", fmt.Errorf("one URL is called at a time; %q is one too many", flags.Arg(0))
	}
	return url, nil
}

func callOnce(client *http.Client, url string, headers http.Header) (result outcome) {
	start := time.Now()
	defer func() { result.Milliseconds = float64(time.Since(start).Microseconds()) / 1000 }()
	request, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		result.Error = err.Error()
		return result
	}
	request.Header = headers.Clone()
	// A Host header has no effect among the others: the client takes it from the request.
	if host := headers.Get("Host"); host != "" {
		request.Host = host
	}
	response, err := client.Do(request)
	if err != nil {
		result.Error = err.Error()
		return result
	}
	defer response.Body.Close()
	result.Status = response.StatusCode
	result.Server = response.Header.Get("Server")
	body, err := io.ReadAll(response.Body)
	if err != nil {
		result.Error = err.Error()
		return result
	}
	if json.Unmarshal(body, &result.Body) != nil {
		result.Body = string(body)
	}
	return result
}
