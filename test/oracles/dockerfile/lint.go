package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerui"
	digest "github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

type lintQuestion struct {
	Text      string            `json:"text"`
	BuildArgs map[string]string `json:"buildArgs"`
	Target    string            `json:"target"`
}

// Every base image is an empty linux/amd64 image with PATH and WORKDIR /base.
type fakeImages struct{}

func (fakeImages) ResolveImageConfig(ctx context.Context, ref string, opt sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	config, err := json.Marshal(object{
		"architecture": "amd64", "os": "linux",
		"config": object{"Env": []string{"PATH=/usr/bin", "BASE=yes"}, "WorkingDir": "/base"},
		"rootfs": object{"type": "layers", "diff_ids": []string{"sha256:0000000000000000000000000000000000000000000000000000000000000000"}},
	})
	return ref, "", config, err
}

// lint: text → rules that warn with their lines, and the image config that the build gives.
func lint(q lintQuestion) any {
	warnings := []string{}
	platform := ocispecs.Platform{OS: "linux", Architecture: "amd64"}
	result, err := dockerfile2llb.Dockerfile2LLB(context.Background(), []byte(q.Text), dockerfile2llb.ConvertOpt{
		Config:         dockerui.Config{BuildArgs: q.BuildArgs, Target: q.Target, BuildPlatforms: []ocispecs.Platform{platform}},
		TargetPlatform: &platform,
		MetaResolver:   fakeImages{},
		Warn: func(rule, description, url, message string, location []parser.Range) {
			line := 0
			if len(location) > 0 {
				line = location[0].Start.Line
			}
			warnings = append(warnings, fmt.Sprintf("%s:%d", rule, line))
		},
	})
	if err != nil {
		return object{"error": err.Error(), "warnings": warnings}
	}
	history := []string{}
	for _, h := range result.Image.History {
		history = append(history, h.CreatedBy)
	}
	return object{"warnings": warnings, "config": result.Image.Config, "history": history, "author": result.Image.Author}
}
