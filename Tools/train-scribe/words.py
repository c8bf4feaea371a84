"""Words of the grammars, English and Chinese. What stands after `HELD` in a list is for held-out examples alone."""
import json

HELD = "|"


def split(text):
    """(for training, held out) of `a b c | d e`; commas part entries of several words."""
    train, held = text.split(HELD)
    part = lambda s: [w.strip() for w in (s.split(",") if "," in s else s.split()) if w.strip()]
    return part(train), part(held)


ROOMS = {"en": split("kitchen, bedroom, living room, bathroom, hall, garage, study, attic, cellar, nursery, dining room, office, guest room, balcony, corridor | pantry, library, workshop, laundry room, porch, music room"),
         "zh": split("厨房 卧室 客厅 浴室 走廊 车库 书房 阁楼 地下室 儿童房 餐厅 办公室 客房 阳台 玄关 | 储藏室 图书室 工作间 洗衣房 门廊 琴房")}
THINGS = {"en": split("lamp heater fan curtain blind door window oven radio television speaker alarm camera boiler dishwasher shutter freezer kettle toaster vacuum socket valve pump printer monitor gate awning thermostat mixer dryer "
                      "charger projector scale bell lock light switch doorbell router clock | humidifier sprinkler fireplace aquarium jukebox skylight cooler purifier telescope fountain"),
          "zh": split("灯 暖气 风扇 窗帘 百叶窗 门 窗户 烤箱 收音机 电视 音箱 警报 摄像头 锅炉 洗碗机 卷帘 冰柜 水壶 面包机 吸尘器 插座 阀门 水泵 打印机 显示器 大门 遮阳篷 温控器 搅拌机 烘干机 充电器 投影仪 秤 门铃 锁 台灯 开关 壁灯 路由器 时钟 | "
                      "加湿器 洒水器 壁炉 鱼缸 点唱机 天窗 冷风机 净化器 望远镜 喷泉")}
PEOPLE = {"en": split("Anna Bert Clara David Emma Felix Greta Hans Irene Jonas Karin Leo Maria Nico Olga Paul Rita Simon Tina Victor Wendy Yusuf Zoe Omar Lena Igor | Priya Gustav Noor Matteo Sienna Kwame Ingrid Ravi"),
          "zh": split("王芳 李伟 张敏 刘洋 陈静 杨帆 赵磊 黄丽 周杰 吴娜 徐强 孙悦 胡军 朱琳 高峰 林霞 | 何雨 郭宁 马超 罗兰 梁晨 宋佳")}
CITIES = {"en": split("Berlin Paris London Madrid Rome Vienna Oslo Prague Dublin Athens Lisbon Warsaw Tokyo Boston Denver Chicago Sydney Toronto Cairo Lima | Helsinki Nairobi Bogota Hanoi Seattle Krakow Tallinn Quito"),
          "zh": split("北京 上海 广州 深圳 杭州 南京 成都 武汉 西安 重庆 天津 苏州 青岛 大连 | 厦门 昆明 长沙 拉萨 兰州 宁波")}
GOODS = {"en": split("apples, bread, milk, rice, pens, candles, batteries, coffee, tea, sugar, eggs, soap, towels, screws, paper, honey, pasta, onions, plates, cups, flowers, butter | lentils, matches, yogurt, envelopes, ginger, bulbs, walnuts, sponges"),
         "zh": split("苹果 面包 牛奶 大米 钢笔 蜡烛 电池 咖啡 茶叶 白糖 鸡蛋 肥皂 毛巾 螺丝 纸张 蜂蜜 面条 洋葱 盘子 杯子 | 扁豆 火柴 酸奶 信封 生姜 灯泡 核桃 海绵")}
ACTIVITIES = {"en": split("reading cooking sleeping working eating cleaning playing talking writing resting | ironing knitting painting stretching"),
              "zh": split("看书 做饭 睡觉 工作 吃饭 打扫 玩耍 聊天 写字 休息 | 熨衣服 织毛衣 画画 做操")}
COLOURS = {"en": split("red green blue white yellow black grey orange | purple brown turquoise pink"), "zh": split("红色 绿色 蓝色 白色 黄色 黑色 灰色 橙色 | 紫色 棕色 青色 粉色")}
LANGUAGES = {"en": split("German French Spanish Italian Polish Greek Dutch Swedish | Finnish Turkish Korean Hungarian"), "zh": split("德语 法语 西班牙语 意大利语 波兰语 希腊语 | 芬兰语 土耳其语 韩语 匈牙利语")}
MONTHS = "January February March April May June July August September October November December".split()
TOPICS = {"en": split("dinner with the team, water the plants, call the bank, pay the rent, buy a ticket, clean the windows, meeting with the doctor, feed the cat, fix the bicycle, take out the bins, back up the laptop, visit the museum | "
                      "sharpen the knives, renew the passport, tune the piano, return the ladder, order the firewood, sign the lease"),
          "zh": split("和同事吃饭 给花浇水 给银行打电话 交房租 买车票 擦窗户 看医生 喂猫 修自行车 倒垃圾 备份电脑 参观博物馆 | 磨菜刀 换护照 给钢琴调音 还梯子 订购木柴 签合同")}
TUNES = {"en": split("Blue Harbour, Night Train, Morning Song, The Long Road, Silver Rain, Old Friends, Summer Wind, River of Light | Paper Lanterns, Winter Garden, Seven Bells, Copper Moon"),
         "zh": split("蓝色港湾 夜行列车 清晨之歌 漫漫长路 银色的雨 老朋友 夏日的风 | 纸灯笼 冬日花园 七口钟 铜月亮")}
SYLLABLES = "ba be bo da de di do fa fi ga go ha hi ka ke ko la le li lo ma me mi mo na ne no pa pe po ra re ri ro sa se si so ta te ti to va vi wa xa ya za zu".split()
ENDINGS = "n r l s t x m k sh th nd rk lt".split()
CHARACTERS = "安白北成大东方飞高光海和红华吉家江金景静开兰乐林龙梅美明南宁平青清泉仁山胜石水天田文西夏新星雪阳银永玉园远云竹"


def compact(value):
    """JSON without blanks, as answers that are held to a schema look."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def coin(r, language):
    """A made-up name, so that names have to be read and not remembered."""
    if language == "zh":
        return "".join(r.choice(CHARACTERS) for _ in range(r.choice([2, 2, 3])))
    return ("".join(r.choice(SYLLABLES) for _ in range(r.choice([2, 2, 3]))) + (r.choice(ENDINGS) if r.random() < 0.6 else "")).capitalize()


FREE = {"en": [], "zh": []}


def learn_free_words(texts):
    """Words of the corpus that the grammars may put anywhere; none that is for held-out examples."""
    import re
    held = {w.lower() for table in (ROOMS, THINGS, PEOPLE, CITIES, GOODS, ACTIVITIES, COLOURS, LANGUAGES, TOPICS, TUNES) for part in table.values() for entry in part[1] for w in [entry, *entry.split()]}
    FREE["en"] = sorted({w for t in texts["english"] for w in re.findall(r"[a-z]{3,10}", t)} - held)
    FREE["zh"] = sorted({w for t in texts["chinese"] for run in re.findall("[\u4e00-\u9fff]{2,12}", t) for w in re.findall("..", run)} - held)


def free_words(r, language, most):
    words = [r.choice(FREE[language]) for _ in range(r.randrange(1, most + 1))]
    return "".join(words) if language == "zh" else " ".join(words)


class Words:
    """Draws words for one example."""

    def __init__(self, r, language, held):
        self.r, self.language, self.held = r, language, held

    def one(self, table, made_up=0.0):
        if made_up and self.r.random() < made_up:
            return coin(self.r, self.language)
        train, held = table[self.language]
        return self.r.choice(held if self.held else train)

    def some(self, table, count):
        train, held = table[self.language]
        return self.r.sample(held if self.held else train, min(count, len(held if self.held else train)))

    def time(self):
        return f"{self.r.randrange(24):02}:{self.r.choice([0, 0, 15, 30, 45, self.r.randrange(60)]):02}"

    def date(self):
        return f"{self.r.randrange(2021, 2031)}-{self.r.randrange(1, 13):02}-{self.r.randrange(1, 29):02}"
