# The connector and a destination that uses it, as code.
#
#   terraform apply -var workspace_id=... -var docker_repository=...
#
# The key comes from the environment: TF_VAR_inflection_api_key. Terraform keeps it in its state, so
# keep that state where secrets may be. Before version 1.0 of the provider, the resource
# airbyte_destination was called airbyte_destination_custom, with the same arguments.

terraform {
  required_providers {
    airbyte = {
      source  = "airbytehq/airbyte"
      version = ">= 1.0"
    }
  }
}

variable "workspace_id" {
  type        = string
  description = "The Airbyte workspace."
}

variable "docker_repository" {
  type        = string
  description = "Where you pushed the image, for instance registry.example/destination-inflection."
}

variable "inflection_api_key" {
  type        = string
  description = "The key Inflection gave you."
  sensitive   = true
}

# server_url, client_id and client_secret say which Airbyte this is and let you in.
provider "airbyte" {}

resource "airbyte_destination_definition" "inflection" {
  name              = "Inflection.io"
  workspace_id      = var.workspace_id
  docker_repository = var.docker_repository
  docker_image_tag  = "0.1.0"
  documentation_url = "https://docs.inflection.io/connections"
}

# The options are those of the JSON file beside this folder: edit them there.
resource "airbyte_destination" "inflection" {
  name          = "Inflection.io"
  workspace_id  = var.workspace_id
  definition_id = airbyte_destination_definition.inflection.id
  configuration = jsonencode(merge(
    jsondecode(file("${path.module}/../config-event-endpoint.json")),
    { api_key = var.inflection_api_key }
  ))
}
