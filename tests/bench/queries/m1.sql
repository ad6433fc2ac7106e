UPDATE institution SET city = {city}, version = version + 1, updated_at = now()
WHERE id = {id}
RETURNING json_build_object('changed', json_build_object('institution', json_build_object('id', id, 'city', city)));
