// Command check reads the deployment files with the code of the programs that take them in production: Compose's
// loader, kustomize, and the API types of Kubernetes and of the Prometheus operator. A field that they do not know is
// an error. It prints what they understood as JSON.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/compose-spec/compose-go/v2/cli"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

func main() {
	understood, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if err := json.NewEncoder(os.Stdout).Encode(understood); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) (any, error) {
	if len(args) != 2 {
		return nil, errors.New("usage: check compose <file> | check kustomize <folder>")
	}
	switch args[0] {
	case "compose":
		return readCompose(args[1])
	case "kustomize":
		return readKustomization(args[1])
	default:
		return nil, fmt.Errorf("no such check: %s", args[0])
	}
}

// readCompose loads the file as "docker compose" does, with no environment but the defaults written in it.
func readCompose(path string) (any, error) {
	options, err := cli.NewProjectOptions([]string{path}, cli.WithoutEnvironmentResolution)
	if err != nil {
		return nil, err
	}
	return options.LoadProject(context.Background())
}

// readKustomization renders the folder as "kubectl kustomize" does and decodes every object strictly.
func readKustomization(folder string) (any, error) {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		appsv1.AddToScheme, corev1.AddToScheme, networkingv1.AddToScheme, policyv1.AddToScheme, monitoringv1.AddToScheme,
	} {
		utilruntime.Must(add(scheme))
	}
	decoder := serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()

	rendered, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), folder)
	if err != nil {
		return nil, err
	}
	var objects []runtime.Object
	var problems []error
	for _, resource := range rendered.Resources() {
		text, err := resource.AsYAML()
		if err != nil {
			return nil, err
		}
		object, _, err := decoder.Decode(text, nil, nil)
		if err != nil {
			problems = append(problems, fmt.Errorf("%s %s: %w", resource.GetKind(), resource.GetName(), err))
			continue
		}
		objects = append(objects, object)
	}
	return objects, errors.Join(problems...)
}
