"""``/v1/projects``: folders of footage."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field
from sanic import HTTPResponse

from roughy_box.base import clock
from roughy_box.http.openapi.operation import NOTHING, Operation, PathParameter, json_answer, json_body
from roughy_box.http.resources import examples
from roughy_box.http.server.call import Call
from roughy_box.http.server.endpoints import delete_one, read_one
from roughy_box.http.server.requests import Id, Name, Page, Strict, path_id, read_json, read_query
from roughy_box.http.server.responses import Moment, PageOf, Schema, json_response, page_response
from roughy_box.http.server.urls import base_url
from roughy_box.services import projects
from roughy_box.storage import models

ProjectState = Literal["active", "archived"]
PATH = {"project_id": PathParameter("The id of the project.", examples.PROJECT_ID)}


class NewProject(Strict):
    """The values of a new project."""

    name: Name = Field(description="White space around it is removed.")


class ProjectChange(Strict):
    """The values of a project that can be changed."""

    name: Name | None = Field(None, description="White space around it is removed.")
    state: ProjectState | None = Field(None, description="`archived` hides it from the default list.")


class ProjectQuery(Page):
    """The query of the list of projects."""

    state: ProjectState = Field("active", description="Only projects in this state.")


class Project(Schema):
    """A folder of footage; every asset belongs to one."""

    id: Id
    name: str
    state: ProjectState
    archived_at: Moment | None = Field(description="When it was archived; null while it is active.")
    created_at: Moment
    updated_at: Moment


class ProjectPage(PageOf):
    """A page of the list of projects, newest first."""

    items: list[Project]


def content(project: models.Project) -> dict[str, Any]:
    """Return a project as lists show it."""
    return {
        "id": project.id,
        "name": project.name,
        "state": project.state,
        "archived_at": clock.iso_or_none(project.archived_at),
        "created_at": clock.iso(project.created_at),
        "updated_at": clock.iso(project.updated_at),
    }


async def create(call: Call) -> HTTPResponse:
    """``POST /v1/projects``."""
    wish = await read_json(call.request, NewProject)
    base = base_url(call.request, call.box.config)
    project = await projects.create(call.account_id, wish.name)
    return json_response(content(project), 201, {"Location": f"{base}/v1/projects/{project.id}"})


_ID_OF_ANSWER = {"project_id": "$response.body#/id"}
CREATE = Operation(
    "create_project",
    "Projects",
    "Create a project",
    {
        201: json_answer(
            "The project.",
            Project,
            headers=("Location",),
            links={
                "read_project": _ID_OF_ANSWER,
                "change_project": _ID_OF_ANSWER,
                "delete_project": _ID_OF_ANSWER,
                "list_assets": _ID_OF_ANSWER,
            },
            project=examples.PROJECT,
        )
    },
    "Names need not be unique.",
    body=json_body(NewProject, project=examples.NEW_PROJECT),
)


async def list_page(call: Call) -> HTTPResponse:
    """``GET /v1/projects``."""
    query = read_query(call.request, ProjectQuery)
    rows, total = await projects.page(call.account_id, query.state, query.limit, query.offset)
    return page_response(rows, total, query, content)


LIST = Operation(
    "list_projects",
    "Projects",
    "List projects",
    {200: json_answer("Projects, newest first.", ProjectPage, projects=examples.page(examples.PROJECT))},
    "Active projects, unless `state` says otherwise.",
    query=ProjectQuery,
)


read = read_one("project_id", projects.get, lambda _box, project: content(project))
READ = Operation(
    "read_project",
    "Projects",
    "Read a project",
    {200: json_answer("The project.", Project, active=examples.PROJECT, archived=examples.ARCHIVED)},
    "Active or archived.",
    path=PATH,
)


async def change(call: Call, project_id: str) -> HTTPResponse:
    """``PATCH /v1/projects/{id}``."""
    project_id = path_id("project_id", project_id)
    wish = await read_json(call.request, ProjectChange)
    return json_response(content(await projects.change(call.account_id, project_id, wish.name, wish.state)))


CHANGE = Operation(
    "change_project",
    "Projects",
    "Rename, archive or reactivate a project",
    {200: json_answer("The changed project.", Project, archived=examples.ARCHIVED)},
    "A value left out, or null, is unchanged. Archiving does not affect the assets.",
    path=PATH,
    body=json_body(ProjectChange, rename={"name": "Episode 12, final"}, archive={"state": "archived"}),
)


delete = delete_one("project_id", projects.delete)
DELETE = Operation(
    "delete_project",
    "Projects",
    "Delete a project and every asset in it",
    {204: NOTHING},
    "Final: rows and files are deleted. Running uploads and preparations are stopped.",
    path=PATH,
)
