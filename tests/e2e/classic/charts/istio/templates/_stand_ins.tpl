{{/* A Deployment that only waits, of a list: the root, its name, its labels, whether it mounts cacerts, and perhaps arguments, which it leaves to who stands in for it. */}}
{{- define "waiting" }}
{{- $root := index . 0 }}
{{- $name := index . 1 }}
{{- $labels := index . 2 }}
{{- $cacerts := index . 3 }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ $name }}
  namespace: {{ $root.Release.Namespace }}
  labels: {{ $labels | toJson }}
spec:
  selector: {matchLabels: {{ $labels | toJson }}}
  template:
    metadata: {labels: {{ $labels | toJson }}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - name: stand-in
        image: {{ $root.Values.global.hub }}/pause:{{ $root.Values.global.tag }}
        imagePullPolicy: {{ $root.Values.global.imagePullPolicy }}
        {{- if gt (len .) 4 }}
        args: {{ index . 4 | toJson }}
        {{- end }}
        {{- if $cacerts }}
        volumeMounts: [{name: cacerts, mountPath: /etc/cacerts, readOnly: true}]
        {{- end }}
      {{- if $cacerts }}
      # In Istio's chart the Secret is optional, and Citadel does not start without it; here its pod does not.
      volumes: [{name: cacerts, secret: {secretName: cacerts}}]
      {{- end }}
{{- end }}

{{/* Endpoints of a Service without selector, where something stands in for the part: the root, its name, port name, port. */}}
{{- define "standing in" }}
{{- $root := index . 0 }}
{{- if $root.Values.standIns.address }}
apiVersion: v1
kind: Endpoints
metadata:
  name: {{ index . 1 }}
  namespace: {{ $root.Release.Namespace }}
subsets:
- addresses: [{ip: {{ $root.Values.standIns.address }}}]
  ports: [{name: {{ index . 2 }}, port: {{ index . 3 }}}]
{{- end }}
{{- end }}
