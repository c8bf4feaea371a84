"""What hearth knows: for each kind of thing, where it stands and which catalogue models are it (by their names)."""

FLOOR, WALL, SMALL = "floor", "wall", "small"

# name: (place, catalogue names, "|" between them). An empty list means: only built by parametric.py.
THINGS = {
    "person": (FLOOR, "Female|Male|Boy|Girl|Holding female|Holding male|Sitting boy|Sitting female|Sitting girl|Sitting male|Lying down boy|Lying down female|Lying down male"),
    "lamp": (FLOOR, ""), "door": (WALL, "Exterior door|Door"), "window": (WALL, "Double-hung window|Double window 3 panes|Double window 4 panes|Turn window"),
    "curtain": (WALL, ""), "tv": (SMALL, ""), "laptop": (SMALL, ""), "monitor": (SMALL, ""), "candle": (SMALL, ""),
    "painting": (WALL, "Frame Chambord"), "rug": (FLOOR, ""),
    "chair": (FLOOR, "Chair|Oak chair|Osaka chair|Cafe chair|Folding chair|Plastic chair|Chair with cushion|Ryokan chair|Teck chair|Children chair|Child chair|Bar chair"),
    "armchair": (FLOOR, "Armchair|Modern armchair|Rattan armchair|Winchester armchair|Relax chair"),
    "sofa": (FLOOR, "Sofa|Couch|Clear sofa|Burlap sofa|Rattan sofa|Winchester sofa|Sofa 2 seats|Sofa 3 seats|Futon couch|Corner sofa"),
    "bed": (FLOOR, "Bed|Iron bed|Captain's bed|Day bed|Bunk bed|Hospital bed"), "crib": (FLOOR, "Baby bed|Crib"),
    "table": (FLOOR, "Table|Round table|Wooden table|Oak table|Cafe table|Black table|Glass table|Coffee table|Rattan table|Folding table|Bar table|Wooden teak table|Table on trestles"),
    "desk": (FLOOR, "Desk|Wooden desk|Desk table"), "stool": (FLOOR, "Stool|Bar stool|Puff|Piano bench"),
    "bookcase": (FLOOR, "Bookcase|Full bookcase|Shelves|Vertical shelves"), "wardrobe": (FLOOR, "Wardrobe|High cabinet|Cupboard"),
    "drawers": (FLOOR, "Drawers cabinet|Dresser with drawers|Bedside table|Filing cabinet"),
    "fridge": (FLOOR, "Fridge|Large fridge|Refrigerator"), "washing machine": (FLOOR, "Washing machine|Clothes washing machine|Dryer machine"),
    "oven": (FLOOR, "Oven|Double oven|Stove|Large stove|Cooker"), "microwave": (SMALL, "Microwave|Small oven"),
    "toaster": (SMALL, "Toaster|Sandwich maker"), "toilet": (FLOOR, "Toilets unit|Bidet"), "bathtub": (FLOOR, "Bath|Island bath|Corner bathtub"),
    "washbasin": (WALL, "Washbasin|Small lavatory|Sink|Sink cabinet|Vanity"), "radiator": (WALL, "Radiator"),
    "fireplace": (FLOOR, "Fireplace|Chimney|Round chimney"), "piano": (FLOOR, "Grand piano|Upright piano"),
    "bicycle": (FLOOR, "Bike|Bicycle"), "treadmill": (FLOOR, "Treadmill|Indoor bike"), "guitar": (FLOOR, "Electric guitar"),
    "aquarium": (SMALL, "Aquarium"), "suitcase": (FLOOR, "Suitcase|Briefcase|Trunck"), "backpack": (SMALL, "Backpack"),
    "handbag": (SMALL, "Handbag"), "plant": (FLOOR, "Plant|Little plant|Decorative plant|Indoor plant|Ficus|Bamboo|Spider plant|Spathiphyllum|Succulent plant|Yucca|Cactus|Bonsai tree"),
    "flowers": (SMALL, "Flowers|Tulips|White lily|Orchids"), "christmas tree": (FLOOR, "Christmas tree"),
    "dog": (FLOOR, "Dog|Bulldog"), "cat": (SMALL, "Cat|Siamese cat"), "umbrella": (SMALL, "Umbrella"), "teddy bear": (SMALL, "Teddy bear"),
    "doll": (SMALL, "Doll"), "fan": (FLOOR, "Rigged fan|Table fan"), "stroller": (FLOOR, "Stroller"), "wheelchair": (FLOOR, "Wheelchair"),
    "clock": (WALL, "Clock|Cuckoo clock"), "vase": (SMALL, "Vase|Old jar|Pottery"), "bottle": (SMALL, "Bottle|Wine bottle|Beer bottle|Yogurt bottle"),
    "cup": (SMALL, "Cup|Coffee cup|Coffee mug|Plastic cup"), "bowl": (SMALL, "Bowl|Bowl with fruits|Bowl with salad|Basin"),
    "book": (SMALL, "Book"), "phone": (SMALL, "Phone|Wireless phone|Mobile phone|Apple iPhone"),
    "radio": (SMALL, "Radio|MP3 station|Mini stereo|MP3 base"), "speaker": (SMALL, "Speaker"), "printer": (SMALL, "Inkjet printer and scanner"),
    "camera": (SMALL, "Camera|CCTV|Surveillance camera|Reflex camera"),
    "coffee machine": (SMALL, "Coffee machine|Coffee maker|Coffee brewer"), "teapot": (SMALL, "Teapot|Espresso kettle|Coffee press"),
    "basket": (SMALL, "Clothes basket|Shopping basket"), "box": (SMALL, "Box|Cardboard box|Open cardboard box|Crate"), "bin": (FLOOR, "Dustbin|Bullet trash can|Recycling bin|Residential trashcan"),
    "ladder": (FLOOR, "Step ladder|Small step ladder"), "towel": (SMALL, "Towel"), "shoes": (SMALL, "Sneakers|Woman shoes|Mocassin|Slippers"),
    "gift": (SMALL, "Gift"), "ball": (SMALL, "Basketball|Soccer ball"), "helmet": (SMALL, "Helmet|Cap|Hat"),
    "boiler": (WALL, "Boiler|Electric water heater|Gaz water heater"), "air conditioner": (WALL, "Air conditioning - Internal unit"),
    "chessboard": (SMALL, "Chessboard"), "cake": (SMALL, "Birthday cake|Cup cake"), "bread": (SMALL, "Bread|Bread box"),
    "extinguisher": (FLOOR, "Extinguisher"), "whiteboard": (WALL, "White board"),
}
NAMES = sorted(THINGS)
STATES = ["none", "on", "off", "open", "closed"]
ACTIVITIES = ["none", "standing", "sitting", "lying", "reading"]

# Kinds that hang on a wall.
FLAT = {"door", "window", "curtain", "painting", "clock", "radiator", "washbasin", "boiler", "air conditioner", "whiteboard"}


def models(catalogues):
    """(name, catalogue, entry number, entry) of every catalogue model of a kind, in a fixed order."""
    wanted = {}
    for name, (_, titles) in THINGS.items():
        for title in filter(None, titles.split("|")):
            wanted[title] = name
    return [(wanted[e["name"]], c, number, e) for c in catalogues for number, e in sorted(c.entries.items())
            if e.get("name") in wanted and "model" in e]
