// Oracle for src/dockerfile: answers questions with BuildKit's own Dockerfile frontend and patternmatcher.
// Reads a JSON list of questions on stdin and writes the list of answers on stdout. The mode is the only argument.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
)

type object = map[string]any

func main() {
	modes := map[string]func([]byte) any{
		"parse":  each(parse),
		"expand": each(expand),
		"ignore": each(ignore),
		"glob":   each(glob),
		"lint":   each(lint),
	}
	var input []byte
	input, err := readAll()
	check(err)
	check(json.NewEncoder(os.Stdout).Encode(modes[os.Args[1]](input)))
}

func readAll() ([]byte, error) {
	var raw json.RawMessage
	err := json.NewDecoder(os.Stdin).Decode(&raw)
	return raw, err
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func each[Q any](answer func(Q) any) func([]byte) any {
	return func(input []byte) any {
		var questions []Q
		check(json.Unmarshal(input, &questions))
		answers := make([]any, len(questions))
		for i, q := range questions {
			answers[i] = answer(q)
		}
		return answers
	}
}

func failed(err error) any { return object{"error": err.Error()} }

// parse: text → typed stages.
func parse(text string) any {
	result, err := parser.Parse(strings.NewReader(text))
	if err != nil {
		return failed(err)
	}
	stages, args, err := instructions.Parse(result.AST, nil)
	if err != nil {
		return failed(err)
	}
	if len(stages) == 0 {
		return object{"error": "dockerfile contains no stages to build"}
	}
	globals := []any{}
	for _, a := range args {
		globals = append(globals, command(&a))
	}
	out := []any{}
	for _, s := range stages {
		commands := []any{}
		for _, c := range s.Commands {
			commands = append(commands, command(c))
		}
		out = append(out, object{"base": s.BaseName, "name": s.Name, "platform": s.Platform, "line": s.Location[0].Start.Line, "commands": commands})
	}
	return object{"escape": string(result.EscapeToken), "warnings": len(result.Warnings), "globals": globals, "stages": out}
}

func command(c instructions.Command) any {
	fields := fieldsOf(c)
	fields["kind"] = strings.ToLower(c.Name())
	fields["line"] = c.Location()[0].Start.Line
	fields["code"] = fmt.Sprint(c)
	return fields
}

func fieldsOf(c instructions.Command) object {
	switch c := c.(type) {
	case *instructions.ArgCommand:
		list := []any{}
		for _, a := range c.Args {
			list = append(list, []any{a.Key, a.Value})
		}
		return object{"definitions": list}
	case *instructions.EnvCommand:
		return pairs(c.Env)
	case *instructions.LabelCommand:
		return pairs(c.Labels)
	case *instructions.CopyCommand:
		return object{"from": c.From, "chown": c.Chown, "chmod": c.Chmod, "link": c.Link, "parents": c.Parents, "exclude": list(c.ExcludePatterns), "paths": sources(c.SourcesAndDest)}
	case *instructions.AddCommand:
		return object{"chown": c.Chown, "chmod": c.Chmod, "link": c.Link, "exclude": list(c.ExcludePatterns), "checksum": c.Checksum, "keepGitDir": c.KeepGitDir, "unpack": c.Unpack, "paths": sources(c.SourcesAndDest)}
	case *instructions.RunCommand:
		fields := object{"command": run(c), "network": instructions.GetNetwork(c), "security": instructions.GetSecurity(c)}
		err := c.Expand(func(word string) (string, error) { return word, nil })
		if err != nil {
			fields["mountError"] = err.Error()
		} else {
			fields["mounts"] = mounts(c)
		}
		return fields
	case *instructions.CmdCommand:
		return object{"command": line(c.ShellDependantCmdLine)}
	case *instructions.EntrypointCommand:
		return object{"command": line(c.ShellDependantCmdLine)}
	case *instructions.ShellCommand:
		return object{"arguments": c.Shell}
	case *instructions.HealthCheckCommand:
		h := c.Health
		return object{"test": h.Test, "interval": h.Interval, "timeout": h.Timeout, "startPeriod": h.StartPeriod, "startInterval": h.StartInterval, "retries": h.Retries}
	case *instructions.ExposeCommand:
		return object{"ports": c.Ports}
	case *instructions.VolumeCommand:
		return object{"volumes": c.Volumes}
	case *instructions.UserCommand:
		return object{"text": c.User}
	case *instructions.WorkdirCommand:
		return object{"text": c.Path}
	case *instructions.StopSignalCommand:
		return object{"text": c.Signal}
	case *instructions.MaintainerCommand:
		return object{"text": c.Maintainer}
	case *instructions.OnbuildCommand:
		return object{"trigger": c.Expression}
	}
	return object{}
}

func list(texts []string) []string {
	if texts == nil {
		return []string{}
	}
	return texts
}

func pairs(kvps instructions.KeyValuePairs) object {
	out := []any{}
	legacy := false
	for _, p := range kvps {
		out = append(out, []string{p.Key, p.Value})
		legacy = p.NoDelim
	}
	return object{"pairs": out, "legacy": legacy}
}

func sources(s instructions.SourcesAndDest) object {
	files := []any{}
	for _, f := range s.SourceContents {
		files = append(files, object{"name": f.Path, "content": f.Data, "expand": f.Expand})
	}
	return object{"sources": list(s.SourcePaths), "files": files, "destination": s.DestPath}
}

func line(c instructions.ShellDependantCmdLine) object {
	if c.PrependShell {
		return object{"form": "shell", "text": strings.Join(c.CmdLine, " ")}
	}
	return object{"form": "exec", "arguments": list(c.CmdLine)}
}

// run puts heredocs together as dispatchRun in dockerfile2llb does.
func run(c *instructions.RunCommand) object {
	if len(c.Files) == 0 {
		return line(c.ShellDependantCmdLine)
	}
	text := c.CmdLine[0]
	if parser.MustParseHeredoc(text) == nil {
		for _, f := range c.Files {
			text += "\n" + f.Data + f.Name
		}
		return object{"form": "shell", "text": text}
	}
	data := c.Files[0].Data
	if c.Files[0].Chomp {
		data = parser.ChompHeredocContent(data)
	}
	if strings.HasPrefix(data, "#!") {
		return object{"form": "script", "name": c.Files[0].Name, "content": data}
	}
	return object{"form": "shell", "text": data}
}

func mounts(c *instructions.RunCommand) []any {
	out := []any{}
	for _, m := range instructions.GetMounts(c) {
		out = append(out, object{
			"type": m.Type, "from": m.From, "source": m.Source, "target": m.Target, "readOnly": m.ReadOnly, "size": m.SizeLimit,
			"id": m.CacheID, "sharing": m.CacheSharing, "required": m.Required, "env": m.Env, "mode": m.Mode, "uid": m.UID, "gid": m.GID,
		})
	}
	return out
}

type expandQuestion struct {
	Text                                             string   `json:"text"`
	Env                                              []string `json:"env"`
	Escape                                           string   `json:"escape"`
	KeepQuotes, KeepEscapes, IgnoreQuotes, KeepUnset bool
}

func expand(q expandQuestion) any {
	lex := shell.NewLex([]rune(q.Escape)[0])
	lex.RawQuotes, lex.RawEscapes, lex.SkipProcessQuotes, lex.SkipUnsetEnv = q.KeepQuotes, q.KeepEscapes, q.IgnoreQuotes, q.KeepUnset
	result, err := lex.ProcessWordWithMatches(q.Text, shell.EnvsFromSlice(q.Env))
	if err != nil {
		return failed(err)
	}
	return object{"text": result.Result, "words": list(result.Words), "used": keys(result.Matched), "unset": keys(result.Unmatched)}
}

func keys(set map[string]struct{}) []string {
	out := []string{}
	for k := range set {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

type ignoreQuestion struct {
	Text  string   `json:"text"`
	Paths []string `json:"paths"`
}

// ignore walks down to each path as fsutil's filter does, handing each folder's result to what is in it.
func ignore(q ignoreQuestion) any {
	patterns, err := ignorefile.ReadAll(strings.NewReader(q.Text))
	if err != nil {
		return failed(err)
	}
	matcher, err := patternmatcher.New(patterns)
	if err != nil {
		return failed(err)
	}
	out := []bool{}
	for _, p := range q.Paths {
		var info patternmatcher.MatchInfo
		excluded := false
		parts := strings.Split(p, "/")
		for i := range parts {
			excluded, info, err = matcher.MatchesUsingParentResults(path.Join(parts[:i+1]...), info)
			if err != nil {
				return failed(err)
			}
		}
		out = append(out, excluded)
	}
	return object{"excluded": out}
}

type globQuestion struct {
	Pattern string   `json:"pattern"`
	Names   []string `json:"names"`
}

func glob(q globQuestion) any {
	out := []any{}
	for _, name := range q.Names {
		matched, err := filepath.Match(q.Pattern, name)
		if err != nil {
			out = append(out, "bad")
		} else {
			out = append(out, matched)
		}
	}
	return out
}
