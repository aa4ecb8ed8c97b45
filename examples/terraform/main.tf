# The connector, a destination that uses it, and a connection from a source that you have, as code.
#
#   terraform apply -var server_url=... -var airbyte_client_id=... -var workspace_id=... -var source_id=... -var docker_repository=...
#
# The secrets come from the environment: TF_VAR_inflection_api_key and TF_VAR_airbyte_client_secret.
# Terraform keeps them in its state, so keep that state where secrets may be. It is written after the
# provider's documentation and was never applied. Before version 1.0 of the provider, the resource
# airbyte_destination was called airbyte_destination_custom, with the same arguments.

terraform {
  required_providers {
    airbyte = {
      source  = "airbytehq/airbyte"
      version = ">= 1.0"
    }
  }
}

variable "server_url" {
  type        = string
  description = "Your Airbyte's API, for instance https://airbyte.example/api/public/v1. The provider's default is Airbyte Cloud, where an image of your own can't run."
}

variable "airbyte_client_id" {
  type        = string
  description = "Of an application that you made in Airbyte under User settings > Applications."
  sensitive   = true
}

variable "airbyte_client_secret" {
  type        = string
  description = "Of the same application."
  sensitive   = true
}

variable "workspace_id" {
  type        = string
  description = "The Airbyte workspace."
}

variable "source_id" {
  type        = string
  description = "The source whose streams are delivered."
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

provider "airbyte" {
  server_url    = var.server_url
  client_id     = var.airbyte_client_id
  client_secret = var.airbyte_client_secret
}

resource "airbyte_destination_definition" "inflection" {
  name              = "Inflection.io"
  workspace_id      = var.workspace_id
  docker_repository = var.docker_repository
  docker_image_tag  = "0.2.0"
  documentation_url = "https://docs.inflection.io/connections"
}

# The options are those of the JSON file next to this folder: edit them there.
resource "airbyte_destination" "inflection" {
  name          = "Inflection.io"
  workspace_id  = var.workspace_id
  definition_id = airbyte_destination_definition.inflection.id
  configuration = jsonencode(merge(
    jsondecode(file("${path.module}/../config-event-endpoint.json")),
    { api_key = var.inflection_api_key }
  ))
}

# The streams of examples/catalog.json: put your own in their place.
resource "airbyte_connection" "inflection" {
  name           = "Warehouse to Inflection.io"
  source_id      = var.source_id
  destination_id = airbyte_destination.inflection.destination_id

  schedule = {
    schedule_type   = "cron"
    cron_expression = "0 0 * * * ? UTC"
  }

  configurations = {
    streams = [
      {
        name         = "people"
        sync_mode    = "incremental_append"
        cursor_field = ["updated_at"]
      },
      {
        name         = "product_events"
        sync_mode    = "incremental_append"
        cursor_field = ["occurred_at"]
      },
      {
        name      = "memberships"
        sync_mode = "full_refresh_append"
      },
    ]
  }
}
