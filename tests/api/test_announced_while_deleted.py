"""Assets created in a project while it is deleted leave no upload behind."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.harness import Api


def test_upload_of_deleted_project_is_gone(fresh_box):
    box = fresh_box({"UPLOADS_MAX_OPEN": "8"})
    api = Api(box)

    def announce(project_id: str) -> str | None:
        answer = api.http.post("/v1/assets", json={"project_id": project_id, "size_bytes": 1000})
        # An upload without a row would hold a place that cannot be freed.
        assert answer.status_code in (201, 404), answer.text
        return answer.json().get("id")

    with ThreadPoolExecutor(8) as pool:
        for _ in range(40):
            project_id = api.project()
            made = [pool.submit(announce, project_id) for _ in range(7)]
            assert api.http.delete(f"/v1/projects/{project_id}").status_code == 204
            ids = [asset_id for each in made if (asset_id := each.result())]
            assert {api.head(f"/v1/uploads/{each}").status_code for each in ids} <= {404}
    assert api.http.get("/v1/assets").json()["total"] == 0
