module meshx.sandbox/tools/echo

go 1.26
